import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';

const everyMs = 10 * 60_000;

/** Forgets what has been kept long enough: finished jobs, old events, tickets, failed log-ins, certificates that have ended. Answers how to stop. */
export function startRetention(cloud: Cloud): () => void {
  const look = (): void =>
    void forget(cloud).catch((error: unknown) => cloud.log.warn({ err: error }, 'could not forget old records'));
  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

export async function forget({ db, settings }: Pick<Cloud, 'db' | 'settings'>): Promise<void> {
  const minutes = await settings.number('job.expire.minutes');
  const days = await settings.number('event.purge.delay');
  const alertDays = await settings.number('alert.purge.delay');
  await db
    .deleteFrom('job')
    .where('status', '!=', 0)
    .where(sql<boolean>`completed < now() - make_interval(mins => ${minutes})`)
    .execute();
  if (days > 0) await db.deleteFrom('event').where(sql<boolean>`created < now() - make_interval(days => ${days})`).execute();
  if (alertDays > 0)
    await db.deleteFrom('alert').where(sql<boolean>`created < now() - make_interval(days => ${alertDays})`).execute();
  await db.deleteFrom('console_ticket').where(sql<boolean>`created < now() - interval '1 hour'`).execute();
  await db.deleteFrom('login_failure').where(sql<boolean>`forgotten < now()`).execute();
  await db.deleteFrom('certificate').where(sql<boolean>`not_after < now()`).execute();
}
