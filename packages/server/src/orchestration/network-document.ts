import type { NetworkDocument } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { gathered, rowsByKey } from '../db/gathered.ts';
import { CloudError } from '../error.ts';
import { bridgeOf } from './bridge-of.ts';

/** What a host is to serve on a network. @throws {CloudError} there is no such network, or no bridge is named for it. */
export async function networkDocumentFor(db: Database, hostId: string, networkId: string): Promise<NetworkDocument> {
  const network = await networkOf(db, networkId);
  if (!network) throw new CloudError('internal', `The network ${networkId} does not exist.`);
  const leases = await leasesOf(db, networkId);
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
    leases: leases.map(({ mac, address, hostname }) => ({ mac, address, hostname })),
  };
}

const networkOf = gathered(async (db, ids: readonly string[]) => {
  const rows = await db
    .selectFrom('network')
    .innerJoin('zone', 'zone.id', 'network.zone_id')
    .selectAll('network')
    .select(['zone.dns1 as zone_dns1', 'zone.dns2 as zone_dns2'])
    .where('network.id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id));
});

const leasesOf = gathered(async (db, networkIds: readonly string[]) => {
  const rows = await db
    .selectFrom('nic')
    .innerJoin('virtual_machine as vm', 'vm.id', 'nic.virtual_machine_id')
    .select(['nic.network_id', 'nic.mac', 'nic.address', 'vm.name as hostname'])
    .where('nic.network_id', '=', sql<string>`any(${networkIds}::uuid[])`)
    .where('nic.removed', 'is', null)
    .orderBy('nic.address')
    .orderBy('nic.mac')
    .execute();
  return rowsByKey(networkIds, rows, ({ network_id }) => network_id);
});
