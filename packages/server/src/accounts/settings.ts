import type { Database } from '../db/database.ts';
import type { Secrets } from './secrets.ts';
import type { Scope } from './setting-spec.ts';
import { settingSpec } from './settings-table.ts';

/** Where a setting may be set; the narrowest one that is set counts. */
export type SettingScope = { readonly scope: 'global' } | { readonly scope: Scope; readonly id: string };

/** A setting's value, and where it is set; nowhere: it is the default. */
export type SettingValue = { readonly value: string; readonly at: SettingScope | undefined };

/** The installation's settings: declared with default, scopes and validation in one table; read through a cache of a few seconds. */
export type Settings = {
  /** @throws {Error} the name is not declared (a programmer's mistake). */
  text(name: string, scope?: SettingScope): Promise<string>;
  number(name: string, scope?: SettingScope): Promise<number>;
  boolean(name: string, scope?: SettingScope): Promise<boolean>;
  value(name: string, scope?: SettingScope): Promise<SettingValue>;
  /** What counts in a scope while it is not set there itself. */
  inherited(name: string, scope: SettingScope): Promise<SettingValue>;
};

/** Settings of which a change on this server is seen at once. */
export type CachedSettings = Settings & { forget(): void };

/** How long another server's change may stay unseen. */
const maxAgeMs = 2000;
/** What is set: by name and scope, and the names of what is set in any scope but the whole installation. */
type Rows = { readonly values: ReadonlyMap<string, string>; readonly scoped: ReadonlySet<string> };
const key = (name: string, scope: SettingScope): string => `${name} ${scope.scope} ${idOf(scope)}`;
const everywhere: SettingScope = { scope: 'global' };

/** What the database calls the thing of a scope. */
export const idOf = (scope: SettingScope): string => (scope.scope === 'global' ? '' : scope.id);

/** `secrets`: where secret settings are read. */
export function openSettings(db: Database, secrets?: Pick<Secrets, 'open'>): CachedSettings {
  const { rows, forget } = cachedRows(db);
  const from = async (name: string, scope: SettingScope | undefined): Promise<SettingValue> => {
    const spec = settingSpec(name);
    if (!spec) throw new Error(`The setting ${name} is not declared in settings-table.ts.`);
    const all = await rows();
    const at = scope && (await nearest(db, all, name, scope));
    if (!at) return { value: spec.default, at: undefined };
    const stored = all.values.get(key(name, at))!;
    return { value: spec.secret ? opened(secrets, stored, purpose(name, at)) : stored, at };
  };
  const value: Settings['value'] = (name, scope = everywhere) => from(name, scope);
  const text: Settings['text'] = async (name, scope) => (await value(name, scope)).value;
  return {
    value,
    text,
    number: async (name, scope) => Number(await text(name, scope)),
    boolean: async (name, scope) => (await text(name, scope)) === 'true',
    inherited: async (name, scope) => from(name, await around(db, scope)),
    forget,
  };
}

const purpose = (name: string, scope: SettingScope): string => `setting ${key(name, scope)}`;
const mark = 'sealed:';

/** What the database keeps of a setting's value: of a secret one what nobody can read who has the database alone. */
export const storedSetting = (secrets: Secrets, name: string, scope: SettingScope, value: string): string =>
  settingSpec(name)?.secret ? mark + secrets.seal(value, purpose(name, scope)).toString('base64') : value;

function opened(secrets: Pick<Secrets, 'open'> | undefined, stored: string, purpose: string): string {
  // It was set before a release declared it secret.
  if (!stored.startsWith(mark)) return stored;
  if (!secrets) throw new Error(`The ${purpose} is secret: these settings were opened without the key.`);
  return secrets.open(Buffer.from(stored.slice(mark.length), 'base64'), purpose);
}

function cachedRows(db: Database): { rows(): Promise<Rows>; forget(): void } {
  let cached: { rows: Promise<Rows>; read: number } | undefined;
  const rows = (): Promise<Rows> => {
    if (!cached || performance.now() - cached.read > maxAgeMs) {
      const fresh = { rows: readRows(db), read: performance.now() };
      fresh.rows.catch(() => {
        if (cached === fresh) cached = undefined;
      });
      cached = fresh;
    }
    return cached.rows;
  };
  return {
    rows,
    forget: () => {
      cached = undefined;
    },
  };
}

async function readRows(db: Database): Promise<Rows> {
  const found = await db.selectFrom('setting').select(['name', 'scope', 'scope_id', 'value']).execute();
  return {
    values: new Map(found.map((row) => [`${row.name} ${row.scope} ${row.scope_id}`, row.value])),
    scoped: new Set(found.filter(({ scope }) => scope !== 'global').map(({ name }) => name)),
  };
}

/** The scope itself, or the nearest one around it, in which a setting is set. */
async function nearest(db: Database, rows: Rows, name: string, scope: SettingScope): Promise<SettingScope | undefined> {
  const from = rows.scoped.has(name) ? scope : everywhere;
  for (let at: SettingScope | undefined = from; at; at = await around(db, at)) if (rows.values.has(key(name, at))) return at;
  return undefined;
}

/** The thing around one, as its row says: a table, its column, and the scope of what that names. */
const outer = {
  account: ['account', 'domain_id', 'domain'],
  domain: ['domain', 'parent_id', 'domain'],
  storagepool: ['storage_pool', 'zone_id', 'zone'],
  cluster: ['cluster', 'zone_id', 'zone'],
  imagestore: ['image_store', 'zone_id', 'zone'],
  zone: undefined,
  managementserver: undefined,
} as const;

/** The next wider scope; around the whole installation there is none. */
async function around(db: Database, at: SettingScope): Promise<SettingScope | undefined> {
  if (at.scope === 'global') return undefined;
  const above = outer[at.scope];
  if (!above) return everywhere;
  const [table, column, scope] = above;
  const row = await db
    .selectFrom(table as 'account')
    .select(`${column as 'domain_id'} as id`)
    .where('id', '=', at.id)
    .executeTakeFirst();
  return row?.id ? { scope, id: row.id } : everywhere;
}
