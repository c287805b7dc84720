import type { ResponseOf } from '@virtstack/contract';
import type { SettingScope } from '../../accounts/settings.ts';
import { type Scope, type SettingSpec, settingNames, settingProblem, settingSpec } from '../../accounts/settings-table.ts';
import { CloudError } from '../../error.ts';
import type { Context, Handlers } from '../handler.ts';
import { pageOf } from '../page.ts';

/** The parameter that names a scope, and CloudStack's word for it. */
const scopes = {
  zone: { parameter: 'zoneid', word: 'Zone' },
  cluster: { parameter: 'clusterid', word: 'Cluster' },
  storagepool: { parameter: 'storageid', word: 'StoragePool' },
  account: { parameter: 'accountid', word: 'Account' },
  domain: { parameter: 'domainid', word: 'Domain' },
} as const satisfies Record<Scope, { parameter: string; word: string }>;
type ScopeParams = { readonly [S in Scope as (typeof scopes)[S]['parameter']]?: string | undefined };

export const configurations = {
  listConfigurations: async (context, params) => {
    const scope = scopeOf(params);
    const { offset, limit } = await pageOf(context, params);
    const found = settingNames.filter((name) => matches(name, settingSpec(name)!, params, scope));
    const page = found.slice(offset, limit === undefined ? undefined : offset + limit);
    return { count: found.length, items: await Promise.all(page.map((name) => settingResponse(context, name, scope))) };
  },
  updateConfiguration: async (context, params) => {
    const { name, scope } = settable(params.name, scopeOf(params));
    const value = normal(settingSpec(name)!, params.value ?? '');
    const problem = settingProblem(settingSpec(name)!, value);
    if (problem)
      throw new CloudError('parameter', `Invalid parameter value value=${value.slice(0, 100)}: ${problem} (setting ${name}).`);
    await context.db
      .insertInto('setting')
      .values({ name, ...columns(scope), value })
      .onConflict((conflict) => conflict.columns(['name', 'scope', 'scope_id']).doUpdateSet({ value, updated: new Date() }))
      .execute();
    return { ...(await settingResponse(context, name, scope)), value };
  },
  resetConfiguration: async (context, params) => {
    const { name, scope } = settable(params.name, scopeOf(params));
    const { scope: kind, scope_id } = columns(scope);
    await context.db
      .deleteFrom('setting')
      .where('name', '=', name)
      .where('scope', '=', kind)
      .where('scope_id', '=', scope_id)
      .execute();
    const value = scope.scope === 'global' ? settingSpec(name)!.default : await context.settings.text(name);
    return { ...(await settingResponse(context, name, scope)), value };
  },
} satisfies Handlers<'listConfigurations' | 'updateConfiguration' | 'resetConfiguration'>;

/** @throws {CloudError} more than one scope is named. */
function scopeOf(params: ScopeParams): SettingScope {
  const named = (Object.keys(scopes) as Scope[]).flatMap((scope) => {
    const id = params[scopes[scope].parameter];
    return id === undefined ? [] : [{ scope, id }];
  });
  if (named.length > 1)
    throw new CloudError(
      'parameter',
      'A setting is looked at in one scope at a time: name one of zone, cluster, pool, account or domain.',
    );
  return named[0] ?? { scope: 'global' };
}

const columns = (scope: SettingScope) => ({ scope: scope.scope, scope_id: scope.scope === 'global' ? '' : scope.id });

/** @throws {CloudError} there is no such setting, or it cannot be set there. */
function settable(name: string, scope: SettingScope): { name: string; scope: SettingScope } {
  const spec = settingSpec(name);
  if (!spec)
    throw new CloudError(
      'parameter',
      `There is no setting ${name.slice(0, 100)}; listConfigurations shows those that are there.`,
    );
  if (scope.scope !== 'global' && !spec.scopes?.includes(scope.scope))
    throw new CloudError(
      'parameter',
      `The setting ${name} cannot be set for a ${scope.scope}: its scope is ${scopeWords(spec)}.`,
    );
  return { name, scope };
}

/** Clients write `True` and 0.90. */
const normal = (spec: SettingSpec, value: string): string =>
  spec.kind === 'boolean' ? value.trim().toLowerCase() : spec.kind === 'text' ? value : value.trim();

type Filter = Partial<Record<'name' | 'category' | 'group' | 'subgroup' | 'keyword', string | undefined>>;
function matches(name: string, spec: SettingSpec, filter: Filter, scope: SettingScope): boolean {
  const same = (a: string, b: string | undefined): boolean => b === undefined || a.toLowerCase() === b.toLowerCase();
  return (
    same(name, filter.name) &&
    same(spec.category, filter.category) &&
    same(spec.category, filter.group) &&
    same('Others', filter.subgroup) &&
    (filter.keyword === undefined || name.includes(filter.keyword.toLowerCase())) &&
    (scope.scope === 'global' || (spec.scopes?.includes(scope.scope) ?? false))
  );
}

const types = { text: 'String', integer: 'Number', decimal: 'Decimal', boolean: 'Boolean' } as const;
const scopeWords = (spec: SettingSpec): string => ['Global', ...(spec.scopes ?? []).map((scope) => scopes[scope].word)].join(',');

async function settingResponse(
  { settings }: Context,
  name: string,
  scope: SettingScope,
): Promise<ResponseOf<'listConfigurations'>> {
  const spec = settingSpec(name)!;
  return {
    name,
    value: await settings.text(name, scope),
    defaultvalue: spec.default,
    description: spec.doc,
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
    component: 'virtstack',
    isdynamic: true,
  };
}
