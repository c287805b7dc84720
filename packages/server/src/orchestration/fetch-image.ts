import { setTimeout as delay } from 'node:timers/promises';
import { agentMethods, imageFormat } from '@virtstack/protocol';
import { CloudError } from '../error.ts';
import { order } from './order.ts';
import type { Run } from './saga.ts';
import type { PlacedVolume } from './volume-file.ts';

const fetchMs = 3_600_000;
const lookMs = 200;

/** Brings a volume's image onto its pool, where it stays: other machines are made of it. */
export async function fetchImage(
  run: Run,
  hostId: string,
  { pool_id, pool_path }: PlacedVolume,
  templateId: string,
): Promise<void> {
  const template = await run.db
    .selectFrom('template')
    .select(['id', 'sha512', 'format', 'size_bytes', 'name'])
    .where('id', '=', templateId)
    .executeTakeFirstOrThrow();
  const { sha512 } = template;
  if (!sha512) throw new CloudError('unavailable', `Template ${template.name} is not ready yet.`);
  const image = await oneAtATime(run, { templateId, poolId: pool_id }, () =>
    order(
      run,
      hostId,
      agentMethods.fetchImage,
      {
        pool: pool_path,
        id: template.id,
        url: `${run.agentUrl}/images/${template.id}`,
        sha512,
        format: imageFormat.parse(template.format.toLowerCase()),
      },
      {
        timeoutMs: fetchMs,
        onProgress: ({ done, total = template.size_bytes ?? 0 }) => run.progress(total > 0 ? (90 * done) / total : 0),
      },
    ),
  );
  const row = { path: image.path, virtual_size_bytes: image.virtualSizeBytes };
  await run.db
    .insertInto('template_pool')
    .values({ template_id: template.id, storage_pool_id: pool_id, ...row })
    .onConflict((on) => on.columns(['template_id', 'storage_pool_id']).doUpdateSet(row))
    .execute();
}

type Fetch = { readonly templateId: string; readonly poolId: string };

/**
 * Onto a pool that several hosts have, one job at a time brings an image, whichever host does it: the next finds it there. What a job holds is free when the
 * job has ended, however that came; one that goes on after a restart holds it still.
 */
async function oneAtATime<T>(run: Run, fetch: Fetch, work: () => Promise<T>): Promise<T> {
  if (!(await isShared(run, fetch.poolId))) return work();
  while (!(await hold(run, fetch))) await delay(lookMs, undefined, { signal: run.signal });
  try {
    return await work();
  } finally {
    await run.db.deleteFrom('image_fetch').where('job_id', '=', run.jobId).execute();
  }
}

const isShared = async ({ db }: Run, poolId: string): Promise<boolean> =>
  (await db.selectFrom('storage_pool').select('host_id').where('id', '=', poolId).executeTakeFirstOrThrow()).host_id === null;

async function hold({ db, jobId }: Run, { templateId, poolId }: Fetch): Promise<boolean> {
  const held = await db
    .insertInto('image_fetch')
    .values({ template_id: templateId, storage_pool_id: poolId, job_id: jobId })
    .onConflict((on) =>
      on
        .columns(['template_id', 'storage_pool_id'])
        .doUpdateSet({ job_id: jobId })
        .where(({ or, eb, selectFrom }) =>
          or([
            eb('image_fetch.job_id', '=', jobId),
            eb('image_fetch.job_id', 'in', selectFrom('job').select('id').where('status', '<>', 0)),
          ]),
        ),
    )
    .executeTakeFirst();
  return (held.numInsertedOrUpdatedRows ?? 0n) > 0n;
}
