import { isDeepStrictEqual } from 'node:util';
import { agentMethods } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import { gathered, rowsByKey } from '../db/gathered.ts';
import { connectedOf } from '../hosts/agents.ts';
import { networkDocumentFor } from './network-document.ts';

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

/** Until what was applied is what is wanted: another server may have been overtaken by us, or we by it. Whoever comes last looks last. */
async function apply(cloud: Cloud, hostId: string, networkId: string): Promise<void> {
  let wanted = await networkDocumentFor(cloud.db, hostId, networkId);
  for (;;) {
    const applied = wanted;
    await cloud.agents.call(hostId, agentMethods.applyNetwork, applied, { timeoutMs: waitMs });
    // Whoever waits behind this one reads it anew.
    if (applying.get(`${hostId} ${networkId}`)?.next) return;
    wanted = await networkDocumentFor(cloud.db, hostId, networkId);
    if (isDeepStrictEqual(wanted, applied)) return;
  }
}

/** Applies what the guests of a host need; what fails is told and does not hold the host up. */
export async function applyNetworksOf(cloud: Cloud, hostId: string): Promise<void> {
  for (const { network_id } of await networksOn(cloud.db, hostId)) await tryApply(cloud, hostId, network_id);
}

/** Those of guests that are there and of guests on their way. Each has an index of its own. */
const networksOn = gathered(async (db, hostIds: readonly string[]) => {
  const { rows } = await sql<{ asked: string; network_id: string }>`
    select distinct vm.asked, nic.network_id
    from (select id, host_id as asked from virtual_machine where host_id = any(${hostIds}::uuid[]) and removed is null
        union all
        select id, migration_host_id from virtual_machine where migration_host_id = any(${hostIds}::uuid[]) and removed is null) vm
      join nic on nic.virtual_machine_id = vm.id and nic.removed is null`.execute(db);
  return rowsByKey(hostIds, rows, ({ asked }) => asked);
});

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
  const there = await connectedOf(
    cloud.agents,
    [...all].map((id) => ({ id })),
  );
  await Promise.all(there.map(({ id }) => tryApply(cloud, id, networkId)));
}

/** A host that was not told now is told before the next guest starts there, and when its agent connects. */
async function tryApply(cloud: Cloud, hostId: string, networkId: string): Promise<void> {
  await applyNetwork(cloud, hostId, networkId).catch((error: unknown) =>
    cloud.log.warn({ err: error, hostId, networkId }, 'a network could not be applied'),
  );
}
