import { type RawBuilder, sql } from 'kysely';
import { CloudError } from '../error.ts';
import { refusalKind } from '../hosts/refusals.ts';
import { needOf } from '../placement/need-of.ts';
import { placeVolume, volumeRefusal } from '../placement/place-volume.ts';
import { volumeNeed } from '../placement/volume-needs.ts';
import { plugIn, plugOut } from './attached-disk.ts';
import { type Run, type Saga, type Step, saga } from './saga.ts';
import { machineOf } from './stop-virtual-machine.ts';
import { makeFile, placedVolumes, removeFile, settled } from './volume-file.ts';
import { volumeResult } from './volume-result.ts';

/** What the command recorded (whose volume it is to be, and in which place) is settled before the first step. */
export type Attach = {
  readonly volumeId: string;
  readonly machineId: string;
  readonly slot: number;
  /** Who makes its file. */
  readonly hostId?: string;
  /** It has no file before this run, which takes it away again when it fails. */
  readonly fresh?: boolean;
};
type AttachStep = Omit<Step<Attach>, 'name'>;

/** What the command recorded is the first thing to be given back. */
const recorded = (given: { readonly state: RawBuilder<string>; readonly removed?: RawBuilder<Date> }): AttachStep => ({
  do: async () => {},
  undo: async ({ db }, { volumeId, machineId }) => {
    await db
      .updateTable('volume')
      .set({ virtual_machine_id: null, device_id: null, attached: null, ...given })
      .where('id', '=', volumeId)
      .where('virtual_machine_id', '=', machineId)
      .where('state', '=', 'Attaching')
      .execute();
  },
});

/** A volume that has no file is given a pool, unless the machine never ran: then its first start does all of it. */
const place: AttachStep = {
  do: async (run, state) => {
    const { machineId, volumeId } = state;
    const { host_id } = await ready(run, state);
    const volume = await volumeNeed(run.db, volumeId);
    const fresh = await hasNoFile(run, volumeId);
    const need = await needOf(run.db, machineId, {});
    if (fresh && !host_id && need.volumes.every((v) => v.poolId === null)) return { fresh: false };
    const placement = await placeVolume(run, need, volume, host_id);
    if ('refused' in placement) throw volumeRefusal(need, volume, placement.refused);
    return { fresh, hostId: placement.placed.hostId };
  },
  undo: async ({ db }, { volumeId }) => {
    await db
      .updateTable('volume')
      .set({ storage_pool_id: null })
      .where('id', '=', volumeId)
      .where('path', 'is', null)
      .where('state', '=', 'Attaching')
      .execute();
  },
};

/** A job that was there first may have changed what was true when this one was asked for. */
async function ready(run: Run, { machineId, volumeId }: Attach): Promise<{ host_id: string | null }> {
  const vm = await machineOf(run, machineId);
  if (vm.state !== 'Running' && vm.state !== 'Stopped')
    throw new CloudError('conflict', `${vm.display_name} is ${vm.state}; a volume is attached to a Running or Stopped one.`);
  const volume = await run.db
    .selectFrom('volume')
    .select('id')
    .where('id', '=', volumeId)
    .where('virtual_machine_id', '=', machineId)
    .where('state', '=', 'Attaching')
    .executeTakeFirst();
  if (!volume) throw new CloudError('conflict', 'The volume was taken away again before it could be attached.');
  return vm;
}

const hasNoFile = async ({ db }: Run, id: string): Promise<boolean> =>
  (await db.selectFrom('volume').select('path').where('id', '=', id).executeTakeFirstOrThrow()).path === null;

const file: AttachStep = {
  do: async (run, { volumeId, hostId, fresh }) => {
    if (fresh) for (const volume of await placedVolumes(run, [volumeId])) await makeFile(run, hostId!, volume);
  },
  undo: async (run, { volumeId, hostId, fresh }) => {
    if (!fresh || !(await isAttaching(run, volumeId))) return;
    for (const volume of await placedVolumes(run, [volumeId])) await removeFile(run, hostId!, volume);
  },
};

/** A guest that got it and does not let go has it: that is then shown, and nothing is taken away beneath it. */
const disk: AttachStep = {
  do: (run, state) => plugIn(run, state, state.slot),
  undo: async (run, state) => {
    try {
      await plugOut(run, state);
    } catch (error) {
      if (refusalKind(error) !== 'not-let-go') throw error;
      await showAttached(run, state);
    }
  },
};

const attached: AttachStep = {
  do: (run, state) => showAttached(run, state),
  undo: async ({ db }, { volumeId, machineId }) => {
    await db
      .updateTable('volume')
      .set({ state: 'Attaching' })
      .where('id', '=', volumeId)
      .where('virtual_machine_id', '=', machineId)
      .execute();
  },
};

async function showAttached({ db }: Run, { volumeId, machineId }: Attach): Promise<void> {
  await db
    .updateTable('volume')
    .set({
      state: settled,
      attached: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', volumeId)
    .where('virtual_machine_id', '=', machineId)
    .execute();
}

const isAttaching = async ({ db }: Run, id: string): Promise<boolean> =>
  (await db.selectFrom('volume').select('state').where('id', '=', id).executeTakeFirstOrThrow()).state === 'Attaching';

const attachSteps = (begun: Saga<Attach>): Saga<Attach> =>
  begun.step('place', place).step('file', file).step('disk', disk).step('attached', attached);

export const attachVolume = attachSteps(
  saga<Attach>('attach-volume', { result: volumeResult }).step('recorded', recorded({ state: settled })),
);

/** The row of a volume that is made for this machine goes with what it was made for. */
export const createAndAttachVolume = attachSteps(
  saga<Attach>('create-and-attach-volume', { result: volumeResult }).step(
    'made',
    recorded({ state: sql<string>`'Expunged'`, removed: sql<Date>`now()` }),
  ),
);
