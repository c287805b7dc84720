import type { ResponseOf } from '@virtstack/contract';
import { displayPath } from '../../accounts/display-path.ts';
import type { Scope, SettingSpec } from '../../accounts/setting-spec.ts';
import { idOf, type SettingScope, type SettingValue } from '../../accounts/settings.ts';
import type { Database } from '../../db/database.ts';
import { scopeWords } from './setting-scope.ts';

/** What is shown in place of a secret value that is set, as CloudStack does. */
export const hidden = '********';

const types = { text: 'String', integer: 'Number', decimal: 'Decimal', boolean: 'Boolean' } as const;

/** A setting as it is in a scope; what it does, and where its value comes from where that is not the default. */
export async function settingResponse(
  db: Database,
  { name, spec, scope, found }: { name: string; spec: SettingSpec; scope: SettingScope; found: SettingValue },
): Promise<ResponseOf<'listConfigurations'>> {
  const shown = spec.secret && found.value !== '' ? hidden : found.value;
  return {
    name,
    value: shown,
    defaultvalue: spec.default,
    description: `${spec.doc}${spec.readOnly ? '' : await origin(db, scope, found)}`,
    displaytext: name
      .split('.')
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
      .join(' '),
    category: spec.category,
    group: spec.category,
    subgroup: 'Others',
    scope: scopeWords(spec),
    type: types[spec.kind],
    ...(spec.oneOf && { options: spec.oneOf.join(',') }),
    ...(spec.parent && { parent: spec.parent }),
    component: 'virtstack',
    isdynamic: true,
  };
}

async function origin(db: Database, scope: SettingScope, { at }: SettingValue): Promise<string> {
  if (!at) return '';
  const isHere = at.scope === scope.scope && idOf(at) === idOf(scope);
  if (isHere) return ` (Set here.)`;
  return at.scope === 'global'
    ? ' (Set for the whole installation.)'
    : ` (Set for the ${at.scope} ${await nameOf(db, at.scope, at.id)}.)`;
}

/** Only what is around another thing is ever named: a zone, a domain. */
async function nameOf(db: Database, scope: Scope, id: string): Promise<string> {
  if (scope === 'domain') {
    const row = await db.selectFrom('domain').select('path').where('id', '=', id).executeTakeFirst();
    return row ? displayPath(row.path) : id;
  }
  const row = scope === 'zone' ? await db.selectFrom('zone').select('name').where('id', '=', id).executeTakeFirst() : undefined;
  return row?.name ?? id;
}
