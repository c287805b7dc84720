import { randomUUID } from 'node:crypto';
import type { Database } from '../db/database.ts';

/** CloudStack's numbers of the kinds of alert that we raise. */
export const alertTypes = { HOST: 7, USERVM: 8, MANAGEMENT_NODE: 14 } as const;

export type Alert = {
  readonly name: string;
  readonly description: string;
  readonly type?: keyof typeof alertTypes;
  readonly zoneId?: string;
  readonly resourceId?: string;
};

/** Writes an alert for the admins. */
export async function raiseAlert(db: Database, alert: Alert): Promise<void> {
  await db
    .insertInto('alert')
    .values({
      id: randomUUID(),
      type: alertTypes[alert.type ?? 'MANAGEMENT_NODE'],
      name: alert.name,
      description: alert.description,
      zone_id: alert.zoneId ?? null,
      resource_id: alert.resourceId ?? null,
    })
    .execute();
}

/** As `raiseAlert`, unless it is what was told of this thing last: what is tried again and again is told once. */
export async function raiseAlertOnce(db: Database, alert: Alert & { readonly resourceId: string }): Promise<void> {
  const last = await db
    .selectFrom('alert')
    .select('description')
    .where('resource_id', '=', alert.resourceId)
    .orderBy('created', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.description !== alert.description) await raiseAlert(db, alert);
}
