import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { displayPath } from '../../accounts/display-path.ts';
import type { Database } from '../../db/database.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Caller, Context } from '../handler.ts';
import { ownedBy } from '../scope.ts';
import { withoutOwner, withTags } from '../tags.ts';
import { whose } from './whose.ts';

type Params = ParamsOf<'listTemplates'>;
/** A template's image in the image stores that count for whoever asks. */
type Image = {
  readonly state: string;
  readonly progress: number;
  readonly error: string | null;
  readonly store: string;
  readonly zone_id: string | null;
};

const yes = sql<boolean>`true`;
const base = (db: Database) => db.selectFrom('template');
type Query = ReturnType<typeof base>;

/** The templates that a list shows. */
export function templatesFor(context: Context, params: Params): Query {
  return base(context.db)
    .where(params.showremoved ? yes : sql<boolean>`template.removed is null`)
    .where(filtered(context, params))
    .where(having({ 'template.id': params.ids ?? params.id, 'template.name': params.name }))
    .where(meaning({ 'template.hypervisor': params.hypervisor, 'template.arch': params.arch }))
    .where(meaning({ 'template.template_type': params.templatetype }))
    .where(ofCategory(params.oscategoryid))
    .where(params.zoneid === undefined ? yes : sql<boolean>`exists ${storesOf(params.zoneid)}`)
    .where(params.isready === undefined ? yes : sql<boolean>`${ready(params.zoneid)} = ${params.isready}`)
    .where(containing(params.keyword, 'template.name', 'template.display_text'));
}

/** CloudStack's filters. Nothing can be granted to single accounts in this version, so nothing is sharedexecutable. */
function filtered(context: Context, params: Params): RawBuilder<boolean> {
  const own = ownedBy(context, params, 'template');
  const isReady = ready(params.zoneid);
  const conditions = {
    all: yes,
    featured: sql<boolean>`template.is_public and template.is_featured`,
    community: sql<boolean>`template.is_public and not template.is_featured`,
    self: own,
    selfexecutable: sql<boolean>`${own} and ${isReady}`,
    sharedexecutable: sql<boolean>`false`,
    executable: sql<boolean>`(${own} or template.is_public) and ${isReady}`,
  };
  return sql<boolean>`(${conditions[params.templatefilter]})`;
}

const ofCategory = (id: string | undefined) =>
  id === undefined ? yes : sql<boolean>`template.os_type_id in (select id from os_type where os_category_id = ${id})`;

const inZone = (zoneId: string | undefined) =>
  zoneId === undefined ? yes : sql<boolean>`(s.zone_id is null or s.zone_id = ${zoneId})`;
const storesOf = (zoneId: string | undefined, condition = yes) =>
  sql`(select from template_store ts join image_store s on s.id = ts.image_store_id
    where ts.template_id = template.id and ${inZone(zoneId)} and ${condition})`;
const ready = (zoneId: string | undefined) => sql<boolean>`exists ${storesOf(zoneId, sql<boolean>`ts.state = 'Ready'`)}`;

/** What of the found ones is shown, in their order. */
export const withStores = (query: Query, zoneId?: string) =>
  query
    .innerJoin('account', 'account.id', 'template.account_id')
    .innerJoin('domain', 'domain.id', 'template.domain_id')
    .leftJoin('project', 'project.id', 'template.project_id')
    .leftJoin('os_type', 'os_type.id', 'template.os_type_id')
    .selectAll('template')
    .select([
      'account.name as account',
      'project.name as project',
      'domain.name as domain_name',
      'domain.path as domain_path',
      'os_type.name as os_name',
    ])
    .select(
      sql<
        Image[]
      >`(select coalesce(jsonb_agg(jsonb_build_object('state', ts.state, 'progress', ts.progress, 'error', ts.error, 'zone_id', s.zone_id, 'store', s.name)), '[]')
        from template_store ts join image_store s on s.id = ts.image_store_id where ts.template_id = template.id and ${inZone(zoneId)})`.as(
        'images',
      ),
    )
    .select(
      // the zone that is asked for, else the store's, else the only one that there is
      sql<{
        id: string;
        name: string;
      } | null>`(select jsonb_build_object('id', zone.id, 'name', zone.name) from zone where zone.removed is null and zone.id = coalesce(${zoneId ?? null}::uuid,
        (select s.zone_id from template_store ts join image_store s on s.id = ts.image_store_id where ts.template_id = template.id limit 1),
        (select (array_agg(z.id))[1] from zone z where z.removed is null having count(*) = 1)))`.as('zone'),
    )
    .orderBy('template.created')
    .orderBy('template.id');
export type TemplateRow = Awaited<ReturnType<typeof findTemplate>>;

export async function findTemplate(db: Database, id: string) {
  const row = await withStores(base(db).where('template.id', '=', id)).executeTakeFirstOrThrow();
  return (await withTags(db, [row]))[0]!;
}

/** CloudStack's words for how far it is, or why it failed. */
export function statusOf(images: readonly Image[]): string {
  if (images.some(({ state }) => state === 'Ready')) return 'Download Complete';
  const loading = images.filter(({ state }) => state === 'Creating');
  if (loading.length > 0) return `${Math.max(...loading.map(({ progress }) => progress))}% Downloaded`;
  return images.find(({ error }) => error)?.error ?? 'Not downloaded';
}

/** CloudStack's words for our states of an image in a store (its VMTemplateStorageResourceAssoc.Status). */
const downloadStates: Readonly<Record<string, string>> = {
  Creating: 'DOWNLOAD_IN_PROGRESS',
  Ready: 'DOWNLOADED',
  Failed: 'DOWNLOAD_ERROR',
};
const downloadDetails = ({ store, progress, state }: Image, admin: boolean): Readonly<Record<string, string>> => ({
  ...(admin && { datastore: store }),
  downloadPercent: String(progress),
  downloadState: downloadStates[state] ?? 'UNKNOWN',
});

/** Who may read where a template came from. */
export const isInsider = (
  { account_id, project_id }: { readonly account_id: string; readonly project_id: string | null },
  { role, accountId, projects }: Caller,
): boolean => role === 'Admin' || accountId === account_id || projects.some(({ id }) => id === project_id);

/** Who may know whose a template is: of a public one others learn neither account nor project. */
const knowsOwner = (row: TemplateRow, caller: Caller): boolean =>
  isInsider(row, caller) || (caller.role !== 'User' && row.domain_path.startsWith(caller.domainPath));

const ownerOf = (row: TemplateRow) => ({
  ...whose(row),
  domainid: row.domain_id,
  domain: row.domain_name,
  domainpath: displayPath(row.domain_path),
});

/** Why a download failed names the image's address. */
const imagesFor = (row: TemplateRow, caller: Caller): readonly Image[] =>
  isInsider(row, caller) ? row.images : row.images.map((image) => ({ ...image, error: null }));

export const templateResponse = (row: TemplateRow, caller: Caller): ResponseOf<'listTemplates'> => ({
  id: row.id,
  name: row.name,
  displaytext: row.display_text,
  status: statusOf(imagesFor(row, caller)),
  isready: row.images.some(({ state }) => state === 'Ready'),
  downloaddetails: row.images.map((image) => downloadDetails(image, caller.role === 'Admin')),
  format: row.format,
  hypervisor: row.hypervisor,
  arch: row.arch,
  templatetype: row.template_type,
  ostypeid: row.os_type_id,
  // clients fail where it is absent
  ostypename: row.os_name ?? '',
  ispublic: row.is_public,
  isfeatured: row.is_featured,
  isextractable: row.is_extractable,
  passwordenabled: row.password_enabled,
  requireshvm: row.requires_hvm,
  ...constants,
  crossZones: row.images.some(({ zone_id }) => zone_id === null),
  size: row.virtual_size_bytes,
  physicalsize: row.size_bytes,
  checksum: row.checksum,
  ...(isInsider(row, caller) && { url: row.url }),
  zoneid: row.zone?.id,
  zonename: row.zone?.name,
  ...(row.project_id === null && isInsider(row, caller) && { accountid: row.account_id }),
  details: row.details,
  created: row.created,
  removed: row.removed,
  ...(knowsOwner(row, caller) ? { tags: row.resource_tags, ...ownerOf(row) } : { tags: row.resource_tags.map(withoutOwner) }),
});

const constants = {
  isdynamicallyscalable: false,
  sshkeyenabled: true,
  bootable: true,
  directdownload: false,
  deployasis: false,
  forcks: false,
  bits: 64,
} as const;
