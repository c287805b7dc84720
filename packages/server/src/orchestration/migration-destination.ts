import type { VirtualizationMode } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { modeOn } from '../placement/mode.ts';
import { type Movable, movableIn, wayBetween } from '../placement/movable.ts';
import type { Need } from '../placement/need.ts';
import { needOf } from '../placement/need-of.ts';
import { type Claim, type Refusal, reserve } from '../placement/reserve.ts';
import { recordMachineEvent } from './machine-event.ts';
import type { Run } from './saga.ts';

/** A machine that runs and is to be moved. */
export type Mover = {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly clusterId: string;
  readonly memoryMiB: number;
  readonly mode: VirtualizationMode;
};

/** @throws {CloudError} `conflict`: it does not run. */
export async function moverOf(cloud: Pick<Cloud, 'db' | 'settings'>, machineId: string): Promise<Mover> {
  const vm = await cloud.db
    .selectFrom('virtual_machine as vm')
    .innerJoin('template as t', 't.id', 'vm.template_id')
    .leftJoin('host as h', 'h.id', 'vm.host_id')
    .select(['vm.id', 'vm.display_name', 'vm.state', 'vm.host_id', 'vm.memory_mb', 'vm.virtualization_mode', 'h.cluster_id'])
    .select(['vm.details', 't.details as template_details'])
    .where('vm.id', '=', machineId)
    .where('vm.removed', 'is', null)
    .executeTakeFirst();
  if (!vm) throw new CloudError('parameter', 'The virtual machine no longer exists.');
  if (vm.state !== 'Running' || !vm.host_id || !vm.cluster_id)
    throw new CloudError(
      'conflict',
      `${vm.display_name} is ${vm.state}; only a Running virtual machine can be moved to another host.`,
    );
  const mode = (vm.virtualization_mode as VirtualizationMode | null) ?? (await modeOn(cloud, vm.host_id, vm));
  const { id, display_name: name, host_id: source, cluster_id: clusterId, memory_mb: memoryMiB } = vm;
  return { id, name, source, clusterId, memoryMiB, mode };
}

/** Volumes that one host alone reaches keep their machine there. @throws {CloudError} `conflict` */
export async function refuseLocalVolumes(db: Database, { id, name }: Pick<Mover, 'id' | 'name'>): Promise<void> {
  const local = await localVolumes(db, id);
  if (local.length > 0)
    throw new CloudError(
      'conflict',
      `${name} has volumes on the storage of its host itself (${local.join(', ')}), which no other host reaches: it cannot be moved while it runs, and starts on that host alone. Machines whose offering has storagetype=shared can be moved.`,
    );
}

/** The names of its volumes that lie on its host's own storage. */
export const localVolumes = async (db: Database, machineId: string): Promise<readonly string[]> =>
  (
    await db
      .selectFrom('volume as v')
      .innerJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
      .select('v.name')
      .where('v.virtual_machine_id', '=', machineId)
      .where('v.removed', 'is', null)
      .where('p.host_id', 'is not', null)
      .orderBy('v.device_id')
      .execute()
  ).map(({ name }) => name);

/** What a machine asks of a host that it moves to while it runs. */
export const needToMove = async (db: Database, { id, mode, clusterId }: Mover, hostId?: string): Promise<Need> => ({
  ...(await needOf(db, id, { clusterId, ...(hostId && { hostId }) })),
  mode,
  lastHostId: null,
});

/** Where a machine moves, and how; `mode`: in which it runs. */
export type Destination = {
  readonly source: string;
  readonly destination: string;
  readonly live: boolean;
  readonly mode: VirtualizationMode;
};

/**
 * Chooses where a machine goes and gives it its place there, beside the one that it has. @throws {CloudError} `capacity`: no host can take it; for admins, why each
 * cannot.
 */
export async function takeDestination(run: Run, machine: Mover, hostId?: string): Promise<Destination> {
  await refuseLocalVolumes(run.db, machine);
  const need = await needToMove(run.db, machine, hostId);
  const movable = await movableIn(run.db, machine.clusterId);
  const placement = await reserve(run, need, claimFor(machine, movable));
  if ('refused' in placement) throw noDestination(need, machine, movable, placement.refused);
  const destination = placement.placed.hostId;
  const { source, mode } = machine;
  return { source, destination, mode, live: isLive(machine, movable, destination) };
}

/** Why a host of its cluster is none to which a machine could move; or nothing. */
export function barOf(machine: Mover, movable: ReadonlyMap<string, Movable>, hostId: string): string | undefined {
  if (hostId === machine.source) return 'is where it runs';
  const [from, to] = [movable.get(machine.source), movable.get(hostId)];
  if (!from || !to) return 'is not in its cluster';
  const way = wayBetween(from, to, machine.mode);
  return 'problem' in way ? way.problem : undefined;
}

export function isLive(machine: Mover, movable: ReadonlyMap<string, Movable>, hostId: string): boolean {
  const way = wayBetween(movable.get(machine.source)!, movable.get(hostId)!, machine.mode);
  return 'live' in way && way.live;
}

const claimFor = (machine: Mover, movable: ReadonlyMap<string, Movable>): Claim => ({
  bars: ({ id }) => barOf(machine, movable, id),
  take: async (tx, hostId) => {
    const taken = await tx
      .updateTable('virtual_machine')
      .set({ migration_host_id: hostId, state: 'Migrating', state_changed: sql<Date>`clock_timestamp()` })
      .where('id', '=', machine.id)
      .where('state', '=', 'Running')
      .where('host_id', '=', machine.source)
      .returning(['id', 'account_id', 'domain_id'])
      .executeTakeFirst();
    if (!taken) throw new CloudError('conflict', `${machine.name} is no longer Running where it was: it was not moved.`);
    const words = `${machine.name} is moved to another host; ${pauseOf(machine, isLive(machine, movable, hostId))}`;
    await recordMachineEvent(tx, taken, 'VM.MIGRATE', 'INFO', words);
  },
});

/** What whoever works on it notices. */
export const pauseOf = ({ memoryMiB }: Pick<Mover, 'memoryMiB'>, live: boolean): string =>
  live ? 'it runs on meanwhile' : `it is paused while its memory is copied (${memoryMiB} MiB)`;

function noDestination(
  need: Need,
  { name, source, memoryMiB }: Mover,
  movable: ReadonlyMap<string, Movable>,
  refused: readonly Refusal[],
): CloudError {
  const others = new Set([...movable.values()].filter(({ id }) => id !== source).map((host) => host.name));
  const asked = need.only.hostId === undefined ? undefined : movable.get(need.only.hostId)?.name;
  const near = refused.filter(({ host }) => (asked === undefined ? others.has(host) : host === asked));
  const said = near.slice(0, 5).map(({ host, reason }) => `host ${host} ${reason}`);
  const why = said.length > 0 ? said.join('; ') : 'its cluster has no other host';
  return new CloudError(
    'capacity',
    `No other host can take ${name} now; it runs on where it is. Ask an admin, who is told why.`,
    {
      forAdmins: `${name} needs ${need.cpuNumber} × ${need.cpuMhz} MHz of CPU and ${memoryMiB} MiB of memory on another host of its cluster; ${why}. It runs on where it is.`,
      detail: refused,
    },
  );
}
