import { agentMethods } from '@virtstack/protocol';
import { sql } from 'kysely';
import { removeOn } from '../hosts/leftovers.ts';
import { order } from './order.ts';
import type { Run } from './saga.ts';

/** A volume that has its place on a pool. */
export type PlacedVolume = {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly template_id: string | null;
  readonly pool_id: string;
  readonly pool_path: string;
};

const volumeMs = 120_000;

export const placedVolumes = async ({ db }: Run, ids: readonly string[]): Promise<PlacedVolume[]> =>
  ids.length === 0
    ? []
    : db
        .selectFrom('volume as v')
        .innerJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
        .select(['v.id', 'v.name', 'v.size_bytes as sizeBytes', 'v.template_id', 'p.id as pool_id', 'p.path as pool_path'])
        .where('v.id', 'in', ids)
        .execute();

/** Makes a volume's file; the image beneath it must be there. */
export async function makeFile(run: Run, hostId: string, { id, sizeBytes, template_id, pool_path }: PlacedVolume): Promise<void> {
  const wanted = { pool: pool_path, id, sizeBytes, epoch: run.epoch, ...(template_id && { image: template_id }) };
  const made = await order(run, hostId, agentMethods.createVolume, wanted, { timeoutMs: volumeMs });
  await run.db
    .updateTable('volume')
    .set((eb) => ({
      path: made.path,
      format: made.format,
      hypervisor: eb.selectFrom('host').select('hypervisor').where('id', '=', hostId),
      state: unlessAttaching('Ready'),
    }))
    .where('id', '=', id)
    .execute();
}

/** How an agent is told of a volume's file: by its id where it has the name that the cloud gives, else by its path too. */
export const fileOf = (pool: string, id: string, path: string): { pool: string; id: string; path?: string } =>
  path === `${pool}/volumes/${id}.qcow2` ? { pool, id } : { pool, id, path };

/** The same backwards: a volume that lies nowhere. */
export async function removeFile(run: Run, hostId: string, { id, pool_path }: PlacedVolume): Promise<void> {
  await removeOn(run, hostId, 'deleteVolume', { pool: pool_path, id, epoch: run.epoch }, run.signal);
  await run.db
    .updateTable('volume')
    .set({ path: null, format: null, hypervisor: null, state: unlessAttaching('Allocated') })
    .where('id', '=', id)
    .execute();
}

const unlessAttaching = (state: string) => sql<string>`case when state = 'Attaching' then state else ${state} end`;

/** The state of a volume to which nothing is being done. */
export const settled = sql<string>`case when path is null then 'Allocated' else 'Ready' end`;
