import { agentMethods, type Method, type ParamsOf } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Cloud } from '../cloud.ts';
import { gathered, rowsByKey } from '../db/gathered.ts';
import { isCloudError, wordsFor } from '../error.ts';
import { raiseAlert } from './alert.ts';
import { refusalKind } from './refusals.ts';

const undoing = {
  removeGuest: agentMethods.removeGuest,
  forgetGuest: agentMethods.forgetGuest,
  deleteVolume: agentMethods.deleteVolume,
  deleteImage: agentMethods.deleteImage,
  removeNetwork: agentMethods.removeNetwork,
  detachDisk: agentMethods.detachDisk,
  stopGuest: agentMethods.stopGuest,
  releaseGuest: agentMethods.releaseGuest,
} as const;
export type Undoing = keyof typeof undoing;
const waitMs = 60_000;

/**
 * Has a host remove something. A host that cannot be reached, or not its storage, is told when that comes back: to the caller it is done. Answers whether
 * it is done now.
 * @throws {CloudError} the host's refusal.
 */
export async function removeOn<N extends Undoing>(
  cloud: Cloud,
  hostId: string,
  name: N,
  params: ParamsOf<(typeof undoing)[N]>,
  signal?: AbortSignal,
): Promise<boolean> {
  const options = { timeoutMs: waitMs, ...(signal && { signal }) };
  if (await cloud.agents.connected(hostId))
    try {
      await cloud.agents.call(hostId, undoing[name] as AnyMethod, params, options);
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isUnavailable(error)) throw error;
    }
  await cloud.db
    .insertInto('leftover')
    .values({ host_id: hostId, method: name, params: JSON.stringify(params) })
    .execute();
  // It may have come while this was written, too late for it to be seen.
  if (await cloud.agents.connected(hostId))
    await doLeftovers(cloud, hostId, (method, p) => cloud.agents.call(hostId, method, p, options));
  return false;
}

type AnyMethod = Method<z.ZodType, z.ZodType>;
type Call = (method: AnyMethod, params: Record<string, unknown>) => Promise<unknown>;
const isUnavailable = (error: unknown): boolean => isCloudError(error) && error.kind === 'unavailable';

/**
 * Does what a host was not there for, in the order in which it was asked. What is older than something that the host has already done since is
 * refused by it (`stale-epoch`): then it is no longer wanted. @throws {CloudError} `unavailable`: the host went away again.
 */
export async function doLeftovers(cloud: Cloud, hostId: string, call: Call): Promise<void> {
  const rows = await leftoversOf(cloud.db, hostId);
  for (const row of rows) {
    try {
      await call(undoing[row.method as Undoing], row.params);
    } catch (error) {
      // Its storage is away, and may be for long: the host need not wait for it.
      if (refusalKind(error) === 'storage-away') continue;
      if (!isCloudError(error) || isUnavailable(error)) throw error;
      if (refusalKind(error) !== 'stale-epoch') await tellRefused(cloud, hostId, row.method, wordsFor(true, error));
    }
    await cloud.db.deleteFrom('leftover').where('id', '=', row.id).execute();
  }
}

const leftoversOf = gathered(async (db, hostIds: readonly string[]) => {
  const asked = sql<string>`any(${hostIds}::uuid[])`;
  const rows = await db.selectFrom('leftover').selectAll().where('host_id', '=', asked).orderBy('id').execute();
  return rowsByKey(hostIds, rows, ({ host_id }) => host_id);
});

async function tellRefused({ db }: Cloud, hostId: string, method: string, message: string): Promise<void> {
  const host = await db.selectFrom('host').select(['name', 'zone_id']).where('id', '=', hostId).executeTakeFirstOrThrow();
  const description = `Host ${host.name} refused to clean up (${method}): ${message}`;
  await raiseAlert(db, { type: 'HOST', name: 'HOST.LEFTOVER', description, zoneId: host.zone_id, resourceId: hostId });
}
