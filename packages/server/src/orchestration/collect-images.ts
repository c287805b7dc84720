import { removeOn } from '../hosts/leftovers.ts';
import { refusalKind } from '../hosts/refusals.ts';
import { hostOfPool } from '../storage/pool-hosts.ts';
import type { Run } from './saga.ts';

/** Removes a deleted template's image from the pools where no volume lies on it any more. `hostId`: who is asked first where several have a pool. */
export async function collectImages(run: Run, templateId: string, hostId?: string): Promise<void> {
  const pools = await run.db
    .selectFrom('template_pool as tp')
    .innerJoin('storage_pool as p', 'p.id', 'tp.storage_pool_id')
    .innerJoin('template as t', 't.id', 'tp.template_id')
    .select(['p.id', 'p.path', 'p.host_id'])
    .where('tp.template_id', '=', templateId)
    .where('t.removed', 'is not', null)
    .where('p.removed', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('volume as v')
            .select('v.id')
            .whereRef('v.storage_pool_id', '=', 'p.id')
            .where('v.template_id', '=', templateId)
            .where('v.removed', 'is', null),
        ),
      ),
    )
    .execute();
  for (const pool of pools) {
    const host = await hostOfPool(run, pool, hostId);
    if (!host) continue;
    if (!(await tryDelete(run, host, pool.path, templateId))) continue;
    await run.db
      .deleteFrom('template_pool')
      .where('template_id', '=', templateId)
      .where('storage_pool_id', '=', pool.id)
      .execute();
  }
}

/** A volume that goes at this moment may still be there: whoever removes it comes here too. */
async function tryDelete(run: Run, hostId: string, pool: string, id: string): Promise<boolean> {
  try {
    await removeOn(run, hostId, 'deleteImage', { pool, id }, run.signal);
    return true;
  } catch (error) {
    if (refusalKind(error) === 'in-use') return false;
    throw error;
  }
}
