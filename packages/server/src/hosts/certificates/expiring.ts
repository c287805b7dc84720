import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Cloud } from '../../cloud.ts';
import { alertTypes } from '../alert.ts';

const lookMs = 5000;

/** Looks from time to time for hosts whose certificate is about to end. Answers how to stop. */
export function watchExpiring(cloud: Cloud): () => void {
  let last = 0;
  const look = async (): Promise<void> => {
    const delayMs = (await cloud.settings.number('ca.framework.background.task.delay')) * 1000;
    if (Date.now() - last < delayMs) return;
    last = Date.now();
    await tellExpiring(cloud);
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => cloud.log.warn({ err: error }, 'could not look after certificates'));
  }, lookMs);
  return () => clearInterval(timer);
}

/** One alert for each certificate, by whichever server looks first. */
export async function tellExpiring({ db, settings }: Pick<Cloud, 'db' | 'settings'>): Promise<void> {
  const days = await settings.number('ca.framework.cert.expiry.alert.period');
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('expiring certificates'))`.execute(tx);
    const hosts = await tx
      .selectFrom('host as h')
      .innerJoin('certificate as c', 'c.serial', 'h.certificate_serial')
      .select(['h.id', 'h.name', 'h.zone_id', 'c.not_after'])
      .where('h.removed', 'is', null)
      .where(sql<boolean>`c.not_after < clock_timestamp() + ${days} * interval '1 day'`)
      .execute();
    for (const { id, name, zone_id, not_after } of hosts) {
      const description = `The certificate of host ${name} ends on ${not_after.toISOString()} and was not renewed. Its agent renews it by itself where it is connected and ca.framework.cert.automatic.renewal is true; provisionCertificate has it renewed at once.`;
      const told = await tx
        .selectFrom('alert')
        .select('id')
        .where('resource_id', '=', id)
        .where('description', '=', description)
        .executeTakeFirst();
      const alert = { id: randomUUID(), type: alertTypes.CA_CERT[0], name: 'ALERT.CA.CERT', description };
      if (!told)
        await tx
          .insertInto('alert')
          .values({ ...alert, zone_id, resource_id: id })
          .execute();
    }
  });
}
