import { agentMethods } from '@virtstack/protocol';
import { sql } from 'kysely';
import { isCloudError, wordsFor } from '../error.ts';
import { connectedOf } from '../hosts/agents.ts';
import { raiseAlert } from '../hosts/alert.ts';
import { mountMs } from '../storage/host-pools.ts';
import { usesPool } from '../storage/pool-hosts.ts';
import { type Run, saga } from './saga.ts';

type Released = {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly pool: string;
  readonly zone_id: string;
};

/** Its row is gone already; the hosts let go of it. One that is away does so when it connects. */
export const releasePool = saga<{ readonly poolId: string }>('release-pool').step('hosts', {
  do: async (run, { poolId }) => {
    const { rows } = await sql<Released>`
      select h.id, h.name, p.path, p.name as pool, p.zone_id from storage_pool p join host h on ${usesPool}
      where p.id = ${poolId} and h.removed is null`.execute(run.db);
    await Promise.all((await connectedOf(run.agents, rows)).map((host) => release(run, host)));
    await run.db.deleteFrom('pool_host').where('storage_pool_id', '=', poolId).execute();
  },
  undo: { nothing: 'what is removed is removed' },
});

async function release(run: Run, { id, name, path, pool, zone_id }: Released): Promise<void> {
  try {
    await run.agents.call(id, agentMethods.releasePool, { path }, { timeoutMs: mountMs, signal: run.signal });
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isCloudError(error)) throw error;
    const description = `Host ${name} keeps the primary storage ${pool} mounted, which was deleted: ${wordsFor(true, error)} It tries again when its agent connects.`;
    await raiseAlert(run.db, {
      type: 'STORAGE_DELETE',
      name: 'ALERT.STORAGE.DELETE',
      description,
      zoneId: zone_id,
      resourceId: id,
    });
  }
}
