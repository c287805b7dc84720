import { randomUUID } from 'node:crypto';
import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import type { Database } from '../../db/database.ts';
import { insistedMode } from '../../placement/mode.ts';
import { type Context, ownerColumns } from '../handler.ts';
import { hypervisorNamed } from './hypervisors.ts';
import { checkDetails } from './machine-input.ts';
import { lock, refuse } from './rows.ts';
import { findTemplate, templateResponse } from './template-rows.ts';

type Params = ParamsOf<'registerTemplate'>;

/** Writes the template and a place for its image in each store that is to have it, and has them downloaded. */
export async function registerTemplate(context: Context, params: Params): Promise<readonly ResponseOf<'registerTemplate'>[]> {
  const { db, caller } = context;
  const { type: hypervisor } = hypervisorNamed(context, params.hypervisor);
  checkUrl(params.url);
  if (params.checksum) checkChecksum(params.checksum);
  // CloudStack's default; it is told again, and decides nothing.
  const { requireshvm: requires_hvm = true, details = {} } = params;
  checkTemplateDetails(details, caller.role === 'Admin');
  const stores = await storesFor(db, params.zoneid);
  const id = randomUUID();
  await db
    .insertInto('template')
    .values({
      ...{ id, ...ownerColumns(context.owner), hypervisor, requires_hvm, template_type: 'USER' },
      ...{ name: params.name, display_text: params.displaytext || params.name, url: params.url, format: params.format },
      ...{ arch: params.arch ?? 'x86_64', checksum: params.checksum || null, os_type_id: params.ostypeid ?? null },
      ...{
        is_public: params.ispublic,
        is_featured: params.isfeatured && caller.role === 'Admin',
        is_extractable: params.isextractable,
      },
      ...{ password_enabled: params.passwordenabled ?? false, details: JSON.stringify(details) },
    })
    .execute();
  for (const imageStoreId of stores) await download(context, id, imageStoreId);
  return [templateResponse(await findTemplate(db, id), caller)];
}

async function download({ db, jobs, caller, command }: Context, templateId: string, imageStoreId: string): Promise<void> {
  await lock(db, 'image_store', imageStoreId);
  await db
    .insertInto('template_store')
    .values({ template_id: templateId, image_store_id: imageStoreId, state: 'Creating' })
    .execute();
  const owner = { command, userId: caller.userId, accountId: caller.accountId, domainId: caller.domainId };
  const instance = { type: 'Template', id: templateId };
  await jobs.enqueue(
    db,
    { saga: 'download-template', state: { templateId, imageStoreId }, subject: templateId, instance },
    owner,
  );
}

/** Of one zone: the zone's first store, else the first that serves every zone. Of all: the first that serves every zone, else the first of each zone. */
async function storesFor(db: Database, zoneId: string | undefined): Promise<readonly string[]> {
  const all = await db
    .selectFrom('image_store')
    .select(['id', 'zone_id'])
    .where('removed', 'is', null)
    .orderBy('created')
    .orderBy('id')
    .execute();
  const everywhere = all.filter((store) => store.zone_id === null).slice(0, 1);
  const ofZones = [...Map.groupBy(all, (store) => store.zone_id).values()].map(([first]) => first!);
  const ofZone = all.filter((store) => store.zone_id === zoneId).slice(0, 1);
  const [found, otherwise] = zoneId === undefined ? [everywhere, ofZones] : [ofZone, everywhere];
  const stores = found.length > 0 ? found : otherwise;
  if (stores.length === 0)
    refuse(
      `There is no image store ${zoneId === undefined ? 'yet' : 'that this zone uses'}: an admin adds one with addImageStore (provider=Filesystem, url=file:///DIRECTORY).`,
    );
  return stores.map(({ id }) => id);
}

function checkUrl(text: string): void {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    refuse(`url=${text.slice(0, 100)}: images are downloaded from http:// and https:// addresses.`);
  if (url.username || url.password)
    refuse('url: a name or password in the address would be shown to whoever sees the template. Leave it out.');
}

/** Digits of a checksum by its algorithm. */
const digits: Readonly<Record<string, number>> = {
  MD5: 32,
  'SHA-1': 40,
  'SHA-224': 56,
  'SHA-256': 64,
  'SHA-384': 96,
  'SHA-512': 128,
};

function checkChecksum(text: string): void {
  const [, algorithm, hex = ''] = /^(?:\{([A-Za-z0-9-]+)\})?([0-9a-fA-F]+)$/.exec(text) ?? [];
  const wanted = algorithm === undefined ? Object.values(digits) : [digits[algorithm.toUpperCase()]];
  if (!wanted.includes(hex.length))
    refuse(
      `checksum=${text.slice(0, 160)} is none: write hex digits, or {ALGORITHM}hex with one of ${Object.keys(digits).join(', ')}.`,
    );
}

/** What a template says of how its machines are to run. @throws {CloudError} `parameter`: not for users, too long, or a mode that is none. */
export function checkTemplateDetails(details: Readonly<Record<string, string>>, admin: boolean): void {
  checkDetails(details, admin);
  insistedMode({ details });
}
