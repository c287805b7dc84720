import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { candidatesFor, clusterLimits, placementStatus, promisedOn, takesGuests } from './candidates.ts';
import { exclusion, shortage } from './fits.ts';
import type { Candidate, ClusterLimits, Need } from './need.ts';
import { assignPools, choosePools, type Pools, poolsFor } from './pools.ts';

export type Refusal = { readonly host: string; readonly reason: string };
/** `modes`: those that the hosts of the zone offer, for the machine's hypervisor. */
export type Refused = { readonly refused: readonly Refusal[]; readonly modes: readonly string[] };
export type Placement = { readonly placed: { readonly hostId: string } } | Refused;
/** What a place is taken for. */
export type Claim = {
  /** Why a host that could take the machine is none for this, in words that go on from its name; or nothing. */
  readonly bars: (host: Candidate) => string | undefined;
  /** Writes that the machine has its place there. */
  readonly take: (tx: Database, hostId: string) => Promise<void>;
};
type Room = { readonly clusters: ReadonlyMap<string, ClusterLimits>; readonly pools: Pools };

/**
 * Finds a host and gives the machine its place there: in one transaction, under a lock on the host's row, so that two machines cannot both win the last
 * place. The last host is tried first, then those with the most memory left.
 */
export async function reserve(cloud: Cloud, need: Need, claim: Claim = toStart(need)): Promise<Placement> {
  const { db, settings } = cloud;
  const hosts = await candidatesFor(db, need);
  const judged = hosts.map((host) => ({ host, reason: exclusion(host, need) ?? claim.bars(host) }));
  const open = judged.filter(({ reason }) => reason === undefined).map(({ host }) => host);
  // Read before the transactions: settings have connections of their own.
  const room: Room = { clusters: await clusterLimits(settings, open), pools: await poolsFor(cloud, need.zoneId) };
  const refused: Refusal[] = judged.flatMap(({ host, reason }) => (reason === undefined ? [] : [{ host: host.name, reason }]));
  for (const host of await inOrder(db, open, need)) {
    const reason = await db.transaction().execute((tx) => takePlace(tx, host, need, room, claim));
    if (reason === undefined) return { placed: { hostId: host.id } };
    refused.push({ host: host.name, reason });
  }
  return { refused, modes: [...new Set(hosts.flatMap(({ modes }) => modes))] };
}

/** Those that are there first, then the last host, then those with the most memory left. */
export async function inOrder(db: Database, hosts: readonly Candidate[], need: Need): Promise<Candidate[]> {
  const promised = await promisedOn(
    db,
    hosts.map((h) => h.id),
  );
  const left = (host: Candidate): number => host.memoryBytes - (promised.get(host.id)?.memoryBytes ?? 0);
  const first = (host: Candidate): number => (host.id === need.lastHostId ? 0 : 1);
  const away = (host: Candidate): number => (host.status === 'Up' ? 0 : 1);
  return hosts.toSorted((a, b) => away(a) - away(b) || first(a) - first(b) || left(b) - left(a) || a.id.localeCompare(b.id));
}

const toStart = ({ machineId }: Need): Claim => ({
  bars: () => undefined,
  take: async (tx, hostId) => {
    await tx
      .updateTable('virtual_machine')
      .set({ host_id: hostId, state: 'Starting', state_changed: sql<Date>`clock_timestamp()` })
      .where('id', '=', machineId)
      .execute();
  },
});

/** Answers why not, or nothing when the machine has its place. */
async function takePlace(tx: Database, host: Candidate, need: Need, room: Room, claim: Claim): Promise<string | undefined> {
  const locked = await tx
    .selectFrom('host as h')
    .select(placementStatus.as('status'))
    .where('h.id', '=', host.id)
    .where('h.removed', 'is', null)
    .where('h.resource_state', '=', 'Enabled')
    .forUpdate()
    .executeTakeFirst();
  if (!locked || !takesGuests(locked.status)) return 'is no longer Up, or no longer Enabled';
  const promised = (await promisedOn(tx, [host.id])).get(host.id) ?? { cpuMhz: 0, memoryBytes: 0 };
  const reason = shortage(host, need, promised, room.clusters.get(host.cluster_id)!);
  if (reason !== undefined) return reason;
  const choice = await choosePools(tx, host, need.volumes, room.pools);
  if (typeof choice === 'string') return choice;
  await assignPools(tx, choice);
  await claim.take(tx, host.id);
  return undefined;
}
