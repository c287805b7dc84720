import { agentMethods, type NetworkDocument } from '@virtstack/protocol';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { bridgeOf } from './bridge-of.ts';

const waitMs = 60_000;
/** What is being applied, and what waits behind it, by host and network. */
const applying = new Map<string, { now: Promise<void>; next?: Promise<void> }>();

/**
 * Brings a network's services on a host up to date. Documents of one network never overtake each other on their way to a host, and whoever comes while
 * one is under way shares the next, which is read after he came.
 */
export function applyNetwork(cloud: Cloud, hostId: string, networkId: string): Promise<void> {
  const key = `${hostId} ${networkId}`;
  const work = applying.get(key);
  if (!work) {
    const now = apply(cloud, hostId, networkId).finally(() => {
      if (!applying.get(key)?.next) applying.delete(key);
    });
    applying.set(key, { now });
    return now;
  }
  work.next ??= work.now
    .catch(() => {})
    .then(() => {
      applying.delete(key);
      return applyNetwork(cloud, hostId, networkId);
    });
  return work.next;
}

async function apply(cloud: Cloud, hostId: string, networkId: string): Promise<void> {
  await cloud.agents.call(hostId, agentMethods.applyNetwork, await networkDocumentFor(cloud.db, hostId, networkId), {
    timeoutMs: waitMs,
  });
}

/** Applies what the guests of a host need; what fails is told and does not hold the host up. */
export async function applyNetworksOf(cloud: Cloud, hostId: string): Promise<void> {
  const networks = await cloud.db
    .selectFrom('nic')
    .innerJoin('virtual_machine as vm', 'vm.id', 'nic.virtual_machine_id')
    .select('nic.network_id')
    .distinct()
    .where((eb) => eb.or([eb('vm.host_id', '=', hostId), eb('vm.migration_host_id', '=', hostId)]))
    .where('nic.removed', 'is', null)
    .execute();
  for (const { network_id } of networks) await tryApply(cloud, hostId, network_id);
}

/** Applies a network wherever guests on it run, and on the hosts named: after an address was given back. */
export async function applyWhereNeeded(cloud: Cloud, networkId: string, hostIds: readonly string[] = []): Promise<void> {
  const hosts = await cloud.db
    .selectFrom('nic')
    .innerJoin('virtual_machine as vm', 'vm.id', 'nic.virtual_machine_id')
    .select(['vm.host_id', 'vm.migration_host_id'])
    .distinct()
    .where('nic.network_id', '=', networkId)
    .where('nic.removed', 'is', null)
    .where('vm.host_id', 'is not', null)
    .execute();
  const all = new Set([...hostIds, ...hosts.flatMap((h) => [h.host_id!, ...(h.migration_host_id ? [h.migration_host_id] : [])])]);
  await Promise.all([...all].filter((id) => cloud.agents.connected(id)).map((id) => tryApply(cloud, id, networkId)));
}

/** A host that was not told now is told before the next guest starts there, and when its agent connects. */
async function tryApply(cloud: Cloud, hostId: string, networkId: string): Promise<void> {
  await applyNetwork(cloud, hostId, networkId).catch((error: unknown) =>
    cloud.log.warn({ err: error, hostId, networkId }, 'a network could not be applied'),
  );
}

async function networkDocumentFor(db: Database, hostId: string, networkId: string): Promise<NetworkDocument> {
  const network = await db
    .selectFrom('network')
    .innerJoin('zone', 'zone.id', 'network.zone_id')
    .selectAll('network')
    .select(['zone.dns1 as zone_dns1', 'zone.dns2 as zone_dns2'])
    .where('network.id', '=', networkId)
    .executeTakeFirst();
  if (!network) throw new CloudError('internal', `The network ${networkId} does not exist.`);
  const leases = await db
    .selectFrom('nic')
    .innerJoin('virtual_machine as vm', 'vm.id', 'nic.virtual_machine_id')
    .select(['nic.mac', 'nic.address', 'vm.name as hostname'])
    .where('nic.network_id', '=', networkId)
    .where('nic.removed', 'is', null)
    .orderBy('nic.address')
    .execute();
  const own = [network.dns1, network.dns2];
  const dns = network.dns1 ? own : network.own_bridge ? [] : [network.zone_dns1, network.zone_dns2];
  return {
    id: network.id,
    bridge: await bridgeOf(db, hostId, network),
    gateway: network.gateway,
    prefixLength: Number(network.cidr.split('/')[1]),
    ...(network.network_domain && { domain: network.network_domain }),
    dns: dns.filter((server) => server !== null),
    ownBridge: network.own_bridge,
    masquerade: network.own_bridge,
    leases,
  };
}
