import type { ParamsOf } from '@virtstack/contract';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import type { Context, Owner } from '../handler.ts';
import { isInsider } from './template-rows.ts';

/** @throws {CloudError} the zone is disabled, and the caller no admin. */
export async function openZone(db: Database, id: string, admin: boolean): Promise<{ name: string }> {
  const zone = await db.selectFrom('zone').select(['name', 'allocation_state']).where('id', '=', id).executeTakeFirstOrThrow();
  if (zone.allocation_state !== 'Enabled' && !admin)
    throw new CloudError(
      'unavailable',
      `Zone ${zone.name} is ${zone.allocation_state.toLowerCase()}; nothing can be deployed there now.`,
    );
  return zone;
}

export type Template = {
  readonly id: string;
  readonly name: string;
  readonly hypervisor: string;
  readonly details: Record<string, string>;
  readonly os_type_id: string | null;
  readonly virtual_size_bytes: number;
};

/** The template, ready in that zone and for the hypervisor asked for. @throws {CloudError} why it cannot be used. */
export async function deployableTemplate(
  { db, caller, owner }: Context,
  { templateid, hypervisor, zoneid }: ParamsOf<'deployVirtualMachine'>,
): Promise<Template> {
  if (!templateid)
    throw new CloudError('parameter', 'Unable to execute API command deployvirtualmachine due to missing parameter templateid');
  const row = await db
    .selectFrom('template as t')
    .select(['t.id', 't.name', 't.hypervisor', 't.details', 't.os_type_id', 't.virtual_size_bytes', 't.account_id'])
    .select(['t.project_id', 't.is_public'])
    .where('t.id', '=', templateid)
    .executeTakeFirstOrThrow();
  refuseOthersTemplate(row, owner);
  if (hypervisor && hypervisor.toLowerCase() !== row.hypervisor.toLowerCase())
    throw new CloudError('parameter', `Template ${row.name} is for ${row.hypervisor}, not for ${hypervisor}.`);
  const stores = await db
    .selectFrom('template_store as ts')
    .innerJoin('image_store as s', 's.id', 'ts.image_store_id')
    .select(['ts.state', 'ts.progress', 'ts.error'])
    .where('ts.template_id', '=', templateid)
    .where('s.removed', 'is', null)
    .where((eb) => eb.or([eb('s.zone_id', 'is', null), eb('s.zone_id', '=', zoneid)]))
    .execute();
  const size = row.virtual_size_bytes;
  if (size === null || !stores.some((s) => s.state === 'Ready')) throw notReady(row.name, stores[0], isInsider(row, caller));
  return { ...row, virtual_size_bytes: size };
}

type Owned = {
  readonly name: string;
  readonly account_id: string;
  readonly project_id: string | null;
  readonly is_public: boolean;
};

/** What is private to a project stays in it, and nothing private comes into it. @throws {CloudError} `account` */
function refuseOthersTemplate({ name, account_id, project_id, is_public }: Owned, owner: Owner): void {
  if (is_public || account_id === owner.accountId || (project_id === null && owner.projectId === null)) return;
  const where = project_id === null ? 'not the project’s' : owner.projectId === null ? 'a project’s' : 'another project’s';
  throw new CloudError('account', `Template ${name} is private and ${where}: register it where the virtual machine is to be.`);
}

type Wished = { readonly clusterId?: string; readonly hostId?: string };

/** @throws {CloudError} the cluster or host asked for is of another type than the template. */
export async function refuseOtherType(db: Database, { clusterId, hostId }: Wished, template: Template): Promise<void> {
  const named = [
    hostId && (await db.selectFrom('host').select(['name', 'hypervisor']).where('id', '=', hostId).executeTakeFirstOrThrow()),
    clusterId &&
      (await db.selectFrom('cluster').select(['name', 'hypervisor']).where('id', '=', clusterId).executeTakeFirstOrThrow()),
  ];
  const other = named.find((one) => one && one.hypervisor !== template.hypervisor);
  if (other)
    throw new CloudError(
      'parameter',
      `${other.name} is of type ${other.hypervisor}, and machines of template ${template.name} run on ${template.hypervisor}.`,
    );
}

type StoreState = { state: string; progress: number; error: string | null };
function notReady(name: string, store: StoreState | undefined, insider: boolean): CloudError {
  if (!store) return new CloudError('parameter', `Template ${name} is not in this zone. Register it there.`);
  const failed = insider ? `its download failed: ${store.error}` : 'its download failed; its owner can read why';
  const why = store.error ? failed : `${store.progress} % of it are downloaded`;
  return new CloudError('unavailable', `Template ${name} is not ready: ${why}.`);
}

export type Offering = {
  readonly id: string;
  readonly cpu_number: number;
  readonly cpu_speed: number;
  readonly memory_mb: number;
  readonly root_disk_bytes: number | null;
  readonly offer_ha: boolean;
};

export const offeringOf = (db: Database, id: string): Promise<Offering> =>
  db
    .selectFrom('service_offering')
    .select(['id', 'cpu_number', 'cpu_speed', 'memory_mb', 'root_disk_bytes', 'offer_ha'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
