import { agentMethods, hostPlaces, type PoolReport } from '@virtstack/protocol';
import type { Database } from '../db/database.ts';
import { isCloudError, wordsFor } from '../error.ts';
import { raiseAlert } from '../hosts/alert.ts';
import type { Run } from '../orchestration/saga.ts';
import { insertPool } from './insert-pool.ts';

const { primary: path } = hostPlaces;
const prepareMs = 60_000;

/** Gives a host its own primary storage, where its zone has local storage. What cannot be made is told by an alert: the host is good without. */
export async function localStorage(run: Run, { hostId }: { readonly hostId: string }): Promise<void> {
  const host = await run.db
    .selectFrom('host')
    .innerJoin('zone', 'zone.id', 'host.zone_id')
    .selectAll('host')
    .select('zone.local_storage_enabled')
    .where('host.id', '=', hostId)
    .where('host.removed', 'is', null)
    .executeTakeFirst();
  if (!host?.local_storage_enabled) return;
  try {
    const report = await run.agents.call(
      hostId,
      agentMethods.preparePool,
      { path },
      { timeoutMs: prepareMs, signal: run.signal },
    );
    await run.db.transaction().execute((tx) => insertOnce(tx, host, report));
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isCloudError(error)) throw error;
    const description = `The local storage of host ${host.name} could not be made: ${wordsFor(true, error)} Make it with createStoragePool (url=file://${path}, scope=HOST).`;
    await raiseAlert(run.db, {
      type: 'LOCAL_STORAGE',
      name: 'ALERT.STORAGE.LOCAL',
      description,
      zoneId: host.zone_id,
      resourceId: hostId,
    });
  }
}

type Host = { id: string; name: string; address: string; zone_id: string; pod_id: string; cluster_id: string };

async function insertOnce(db: Database, host: Host, report: PoolReport): Promise<void> {
  await db.selectFrom('zone').select('id').where('id', '=', host.zone_id).forUpdate().execute();
  const others = await db
    .selectFrom('storage_pool')
    .select(['name', 'host_id', 'path'])
    .where('zone_id', '=', host.zone_id)
    .where('removed', 'is', null)
    .execute();
  if (others.some((pool) => pool.host_id === host.id && pool.path === path)) return;
  const name = `local-${host.name}`;
  const isTaken = others.some((pool) => pool.name === name);
  const { id: host_id, zone_id, pod_id, cluster_id, address } = host;
  const place = { zone_id, pod_id, cluster_id, host_id, address, path };
  await insertPool(
    db,
    { name: isTaken ? `${name}-${host.id}` : name, type: 'Filesystem', scope: 'HOST', tags: [], ...place },
    report,
  );
}
