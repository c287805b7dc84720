import { agentMethods, type Method, type ParamsOf, type Peer, PeerError } from '@virtstack/protocol';
import type { z } from 'zod';
import type { Cloud } from '../cloud.ts';
import { CloudError } from '../error.ts';
import { raiseAlert } from './alert.ts';

const undoing = {
  removeGuest: agentMethods.removeGuest,
  deleteVolume: agentMethods.deleteVolume,
  deleteImage: agentMethods.deleteImage,
  removeNetwork: agentMethods.removeNetwork,
} as const;
export type Undoing = keyof typeof undoing;
const waitMs = 60_000;

/**
 * Has a host remove something. A host that cannot be reached is told when it comes back, before it is Up: to the caller it is done.
 * @throws {CloudError} the host's refusal.
 */
export async function removeOn<N extends Undoing>(
  cloud: Cloud,
  hostId: string,
  name: N,
  params: ParamsOf<(typeof undoing)[N]>,
  signal?: AbortSignal,
): Promise<void> {
  const method: Method<z.ZodType, z.ZodType> = undoing[name];
  try {
    await cloud.agents.call(hostId, method, params, { timeoutMs: waitMs, ...(signal && { signal }) });
  } catch (error) {
    if (!(error instanceof CloudError) || error.kind !== 'unavailable') throw error;
    await cloud.db
      .insertInto('leftover')
      .values({ host_id: hostId, method: name, params: JSON.stringify(params) })
      .execute();
  }
}

/** What is older than something that the host has already done since is refused by it (`stale-epoch`): then it is no longer wanted. */
export async function doLeftovers(cloud: Cloud, host: { id: string; name: string; zone_id: string }, peer: Peer): Promise<void> {
  const rows = await cloud.db.selectFrom('leftover').selectAll().where('host_id', '=', host.id).orderBy('id').execute();
  for (const row of rows) {
    const method: Method<z.ZodType, z.ZodType> = undoing[row.method as Undoing];
    try {
      await peer.call(method, row.params, { timeoutMs: waitMs });
    } catch (error) {
      if (!(error instanceof PeerError) || ['disconnected', 'timeout'].includes(error.kind)) throw error;
      if (error.kind !== 'stale-epoch')
        await raiseAlert(cloud.db, {
          type: 'HOST',
          name: 'HOST.LEFTOVER',
          description: `Host ${host.name} refused to clean up (${row.method}): ${error.message}`,
          zoneId: host.zone_id,
          resourceId: host.id,
        });
    }
    await cloud.db.deleteFrom('leftover').where('id', '=', row.id).execute();
  }
}
