import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import { aliveServers, type Presence } from '../jobs/presence.ts';
import { raiseAlert } from './alert.ts';
import { silenceMs } from './beats.ts';
import type { Links } from './links.ts';

const everyMs = 2000;

/**
 * Looks after hosts that are gone: one that stays Disconnected longer than agents may be silent becomes Alert. A host whose server died, or that has not
 * come back to a restarted one, is left as it is for the same time after this server's start, whatever it was. Answers how to stop.
 */
export function startWatch(cloud: Cloud, hosts: Links, presence: Presence): () => void {
  const started = Date.now();
  const look = async (): Promise<void> => {
    const graceMs = await silenceMs(cloud);
    await forgetDeadServersAgents(cloud);
    await forgetDeadServers(cloud);
    // A host that was away before this server began may be on its way back to it.
    if (Date.now() - started <= graceMs) return;
    await disconnectForgotten(cloud, hosts, presence.number);
    await alarm(cloud, graceMs);
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => cloud.log.warn({ err: error }, 'could not look after hosts'));
  }, everyMs);
  return () => clearInterval(timer);
}

const forgetDeadServersAgents = ({ db }: Cloud): Promise<unknown> =>
  db.deleteFrom('waiting_agent').where(sql<boolean>`server_number not in ${aliveServers}`).execute();

/** Those to which nothing points any more. One that is coming is seen by nobody before it holds its lock. */
const forgetDeadServers = ({ db }: Cloud): Promise<unknown> =>
  db
    .deleteFrom('server')
    .where(sql<boolean>`number not in ${aliveServers}`)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(selectFrom('host').select('id').whereRef('host.server_number', '=', 'server.number').where('removed', 'is', null)),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('job').select('id').whereRef('job.server_number', '=', 'server.number').where('status', '=', 0))),
    )
    .execute();

/** Hosts that count as connected although no living server has them. */
async function disconnectForgotten({ db }: Cloud, hosts: Links, number: number): Promise<void> {
  const held = hosts.ids;
  await db
    .updateTable('host')
    .set({ status: 'Disconnected', disconnected: new Date() })
    .where('status', 'in', ['Up', 'Connecting'])
    .where('removed', 'is', null)
    .where(
      sql<boolean>`(server_number is null or server_number not in ${aliveServers} or (server_number = ${number} and id <> all(${held})))`,
    )
    .where(sql<boolean>`id <> all(${held})`)
    // Found in the index alone: hosts are large rows, and nearly always there is none of these.
    .where(
      sql<boolean>`id = any(array(select id from host where status in ('Up', 'Connecting') and removed is null and id <> all(${held})
        and (server_number is null or server_number = ${number} or server_number not in ${aliveServers})))`,
    )
    .execute();
}

async function alarm({ db }: Cloud, graceMs: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const gone = await tx
      .updateTable('host')
      .set({ status: 'Alert' })
      .where('status', '=', 'Disconnected')
      .where('removed', 'is', null)
      .where(sql<boolean>`disconnected < clock_timestamp() - ${graceMs} * interval '1 millisecond'`)
      .returning(['id', 'name', 'zone_id'])
      .execute();
    for (const host of gone)
      await raiseAlert(tx, {
        type: 'HOST',
        name: 'ALERT.HOST',
        description: `Host ${host.name} has not been heard for ${Math.round(graceMs / 1000)} s. Its guests may be running. Look at the host and at its agent's log.`,
        zoneId: host.zone_id,
        resourceId: host.id,
      });
  });
}
