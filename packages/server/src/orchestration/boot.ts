import { agentMethods } from '@virtstack/protocol';
import { sql } from 'kysely';
import { CloudError } from '../error.ts';
import { removeOn } from '../hosts/leftovers.ts';
import { closedHome } from '../placement/closed-home.ts';
import type { Need } from '../placement/need.ts';
import { needOf } from '../placement/need-of.ts';
import { refusalText } from '../placement/refusal-text.ts';
import { reserve } from '../placement/reserve.ts';
import { endAsItIs, isAdopted, startAsItIs } from './adopted-guest.ts';
import { applyNetwork } from './apply-network.ts';
import { fetchImage } from './fetch-image.ts';
import { leaveFormerHost, requireDown } from './former-host.ts';
import { guestDocument } from './guest-document.ts';
import { agentPatienceMs, order } from './order.ts';
import { patiently } from './patiently.ts';
import type { Run, Step } from './saga.ts';
import { makeFile, placedVolumes, removeFile } from './volume-file.ts';

/** What the steps that bring a machine up carry. */
export type Boot = {
  readonly machineId: string;
  readonly only?: Need['only'];
  readonly hostId?: string;
  /** Volumes that have no file before this run, and which it therefore takes away when it fails. */
  readonly fresh?: readonly string[];
};
type BootStep = Omit<Step<Boot>, 'name'>;

const startMs = 120_000;

/** A place on a host. */
export const takeHost: BootStep = {
  do: async (run, { machineId, only }) => {
    const fresh = await volumesWithoutFile(run, machineId);
    const vm = await run.db
      .selectFrom('virtual_machine')
      .select(['host_id', 'state'])
      .where('id', '=', machineId)
      .executeTakeFirstOrThrow();
    if (vm.state === 'Starting' && vm.host_id) return { hostId: vm.host_id, fresh };
    await requireDown(run, machineId);
    const need = await needOf(run.db, machineId, only ?? {});
    const placement = await reserve(run, need);
    if ('refused' in placement)
      throw (
        (await closedHome(run.db, machineId)) ??
        new CloudError('capacity', refusalText(need, placement), { detail: placement.refused })
      );
    return { hostId: placement.placed.hostId, fresh };
  },
  undo: async (run, { machineId }) => {
    await run.db.transaction().execute(async (tx) => {
      await tx
        .updateTable('virtual_machine')
        .set({
          ...{ host_id: null, state: 'Stopped', state_changed: sql<Date>`clock_timestamp()` },
          power_state: sql<string>`case when power_state = 'unknown' then power_state else 'absent' end`,
        })
        .where('id', '=', machineId)
        .where('state', '=', 'Starting')
        .execute();
      await tx
        .updateTable('volume')
        .set({ storage_pool_id: null })
        .where('virtual_machine_id', '=', machineId)
        .where('path', 'is', null)
        .where('removed', 'is', null)
        .execute();
    });
  },
};

const volumesWithoutFile = async ({ db }: Run, machineId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('volume')
    .select('id')
    .where('virtual_machine_id', '=', machineId)
    .where('path', 'is', null)
    .where('state', '<>', 'Attaching')
    .where('removed', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
};

/** The files of its new volumes, and the images beneath them. */
const makeVolumes: BootStep = {
  do: async (run, { hostId, fresh }) => {
    for (const volume of await placedVolumes(run, fresh!)) {
      if (volume.template_id) await fetchImage(run, hostId!, volume, volume.template_id);
      await makeFile(run, hostId!, volume);
    }
  },
  undo: async (run, { hostId, fresh }) => {
    for (const volume of await placedVolumes(run, fresh!)) await removeFile(run, hostId!, volume);
  },
};

/** Its networks' services on the host, with its leases. */
export const readyNetworks = {
  do: async (run: Run, { machineId, hostId }: Boot): Promise<void> => {
    const nics = await run.db
      .selectFrom('nic')
      .select('network_id')
      .distinct()
      .where('virtual_machine_id', '=', machineId)
      .where('removed', 'is', null)
      .execute();
    for (const { network_id } of nics) await patiently(run, agentPatienceMs, () => applyNetwork(run, hostId!, network_id));
  },
  undo: { nothing: 'leases are dropped where the addresses are given back' },
} satisfies BootStep;

/** Disks and networks have nothing to do with each other: side by side. */
export const prepare: BootStep = {
  do: async (run, state) => {
    // Both are waited for, so that neither goes on behind the back of an undo.
    const done = await Promise.allSettled([makeVolumes.do(run, state), readyNetworks.do(run, state)]);
    const failed = done.find((d) => d.status === 'rejected');
    if (failed) throw failed.reason;
  },
  undo: makeVolumes.undo,
};

/** The guest itself. */
export const startGuest: BootStep = {
  do: async (run, { machineId, hostId }) => {
    if (await isAdopted(run, machineId)) return startAsItIs(run, machineId, hostId!);
    await leaveFormerHost(run, machineId, hostId!);
    const guest = await guestDocument(run, machineId, hostId!);
    await order(run, hostId!, agentMethods.startGuest, { guest, epoch: run.epoch }, { timeoutMs: startMs });
    await run.db
      .updateTable('virtual_machine')
      .set({ virtualization_mode: guest.mode ?? null })
      .where('id', '=', machineId)
      .execute();
  },
  undo: async (run, { machineId, hostId }) => {
    const undone = (await isAdopted(run, machineId))
      ? await endAsItIs(run, machineId, hostId!)
      : await removeOn(run, hostId!, 'removeGuest', { uuid: machineId, epoch: run.epoch }, run.signal);
    if (undone) return;
    // It may have been started before the host went away: only that host can say.
    await run.db
      .updateTable('virtual_machine')
      .set({ last_host_id: hostId!, power_state: 'unknown' })
      .where('id', '=', machineId)
      .execute();
  },
};

/** Shown as Running, last. */
export const showRunning: BootStep = {
  do: async (run, { machineId, hostId }) => {
    await run.db
      .updateTable('virtual_machine')
      .set({
        state: 'Running',
        power_state: 'running',
        last_host_id: hostId!,
        error: null,
        boot_problem: null,
        state_changed: sql<Date>`clock_timestamp()`,
      })
      .where('id', '=', machineId)
      .execute();
  },
  undo: async (run, { machineId }) => {
    await run.db
      .updateTable('virtual_machine')
      .set({ state: 'Starting' })
      .where('id', '=', machineId)
      .where('state', '=', 'Running')
      .execute();
  },
};
