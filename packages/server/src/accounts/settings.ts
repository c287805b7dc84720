import type { Database } from '../db/database.ts';
import { type Scope, settingSpec } from './settings-table.ts';

/** Where a setting may be set; the narrowest one that is set counts. */
export type SettingScope = { readonly scope: 'global' } | { readonly scope: Scope; readonly id: string };

/** The installation's settings: declared with default, scopes and validation in one table; read through a cache of a few seconds. */
export type Settings = {
  /** @throws {Error} the name is not declared (a programmer's mistake). */
  text(name: string, scope?: SettingScope): Promise<string>;
  number(name: string, scope?: SettingScope): Promise<number>;
  boolean(name: string, scope?: SettingScope): Promise<boolean>;
};

/** Settings of which a change on this server is seen at once. */
export type CachedSettings = Settings & { forget(): void };

/** How long another server's change may stay unseen. */
const maxAgeMs = 2000;
type Rows = ReadonlyMap<string, string>;
const key = (name: string, scope: string, id: string): string => `${name} ${scope} ${id}`;

export function openSettings(db: Database): CachedSettings {
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
  const text = async (name: string, scope: SettingScope = { scope: 'global' }): Promise<string> => {
    const spec = settingSpec(name);
    if (!spec) throw new Error(`The setting ${name} is not declared in settings-table.ts.`);
    const all = await rows();
    return (await narrowest(db, all, name, scope)) ?? all.get(key(name, 'global', '')) ?? spec.default;
  };
  return {
    text,
    number: async (name, scope) => Number(await text(name, scope)),
    boolean: async (name, scope) => (await text(name, scope)) === 'true',
    forget: () => {
      cached = undefined;
    },
  };
}

async function readRows(db: Database): Promise<Rows> {
  const found = await db.selectFrom('setting').select(['name', 'scope', 'scope_id', 'value']).execute();
  return new Map(found.map((row) => [key(row.name, row.scope, row.scope_id), row.value]));
}

/** The value at the scope itself, or at the nearest one around it. */
async function narrowest(db: Database, rows: Rows, name: string, scope: SettingScope): Promise<string | undefined> {
  for (let at: SettingScope | undefined = scope; at && at.scope !== 'global'; at = await around(db, at)) {
    const value = rows.get(key(name, at.scope, at.id));
    if (value !== undefined) return value;
    if (![...rows.keys()].some((row) => row.startsWith(`${name} `) && !row.startsWith(`${name} global`))) return undefined;
  }
  return undefined;
}

const outer = {
  zone: undefined,
  storagepool: ['storage_pool', 'zone_id', 'zone'],
  cluster: ['cluster', 'zone_id', 'zone'],
} as const;

async function around(db: Database, at: Exclude<SettingScope, { scope: 'global' }>): Promise<SettingScope | undefined> {
  if (at.scope === 'account') {
    const row = await db.selectFrom('account').select('domain_id').where('id', '=', at.id).executeTakeFirst();
    return row && { scope: 'domain', id: row.domain_id };
  }
  if (at.scope === 'domain') {
    const row = await db.selectFrom('domain').select('parent_id').where('id', '=', at.id).executeTakeFirst();
    return row?.parent_id ? { scope: 'domain', id: row.parent_id } : undefined;
  }
  const above = outer[at.scope];
  if (!above) return undefined;
  const row = await db.selectFrom(above[0]).select(above[1]).where('id', '=', at.id).executeTakeFirst();
  return row && { scope: above[2], id: row.zone_id };
}
