import { randomUUID } from 'node:crypto';
import type { Database } from '../db/database.ts';

/** CloudStack's kinds of alert: their numbers and names. */
export const alertTypes = {
  MEMORY: [0, 'ALERT.MEMORY'],
  CPU: [1, 'ALERT.CPU'],
  STORAGE: [2, 'ALERT.STORAGE'],
  STORAGE_ALLOCATED: [3, 'ALERT.STORAGE.ALLOCATED'],
  VIRTUAL_NETWORK_PUBLIC_IP: [4, 'ALERT.NETWORK.PUBLICIP'],
  PRIVATE_IP: [5, 'ALERT.NETWORK.PRIVATEIP'],
  SECONDARY_STORAGE: [6, 'ALERT.SECONDARY.STORAGE'],
  HOST: [7, 'ALERT.COMPUTE.HOST'],
  USERVM: [8, 'ALERT.USERVM'],
  DOMAIN_ROUTER: [9, 'ALERT.SERVICE.DOMAINROUTER'],
  CONSOLE_PROXY: [10, 'ALERT.SERVICE.CONSOLEPROXY'],
  ROUTING: [11, 'ALERT.NETWORK.ROUTING'],
  STORAGE_MISC: [12, 'ALERT.STORAGE.MISC'],
  USAGE_SERVER: [13, 'ALERT.USAGE'],
  MANAGEMENT_NODE: [14, 'ALERT.MANAGEMENT'],
  DOMAIN_ROUTER_MIGRATE: [15, 'ALERT.NETWORK.DOMAINROUTERMIGRATE'],
  CONSOLE_PROXY_MIGRATE: [16, 'ALERT.SERVICE.CONSOLEPROXYMIGRATE'],
  USERVM_MIGRATE: [17, 'ALERT.USERVM.MIGRATE'],
  VLAN: [18, 'ALERT.NETWORK.VLAN'],
  SSVM: [19, 'ALERT.SERVICE.SSVM'],
  USAGE_SERVER_RESULT: [20, 'ALERT.USAGE.RESULT'],
  STORAGE_DELETE: [21, 'ALERT.STORAGE.DELETE'],
  USAGE_SANITY_RESULT: [23, 'ALERT.USAGE.SANITY'],
  DIRECT_ATTACHED_PUBLIC_IP: [24, 'ALERT.NETWORK.DIRECTPUBLICIP'],
  LOCAL_STORAGE: [25, 'ALERT.STORAGE.LOCAL'],
  UPDATE_RESOURCE_COUNT: [22, 'ALERT.UPDATE.RESOURCE.COUNT'],
  RESOURCE_LIMIT_EXCEEDED: [26, 'ALERT.RESOURCE.EXCEED'],
  SYNC: [27, 'ALERT.TYPE.SYNC'],
  UPLOAD_FAILED: [28, 'ALERT.UPLOAD.FAILED'],
  OOBM_AUTH_ERROR: [29, 'ALERT.OOBM.AUTHERROR'],
  HA_ACTION: [30, 'ALERT.HA.ACTION'],
  CA_CERT: [31, 'ALERT.CA.CERT'],
} as const;
export type AlertType = keyof typeof alertTypes;

export const alertKinds = Object.entries(alertTypes).map(([type, [number, name]]) => ({ type: type as AlertType, number, name }));

export type Alert = {
  readonly name: string;
  readonly description: string;
  readonly type?: AlertType;
  readonly zoneId?: string;
  readonly resourceId?: string;
};

/** Writes an alert for the admins. */
export async function raiseAlert(db: Database, alert: Alert): Promise<void> {
  await db
    .insertInto('alert')
    .values({
      id: randomUUID(),
      type: alertTypes[alert.type ?? 'MANAGEMENT_NODE'][0],
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
