import { type SettingSpec, settingProblem } from '../../accounts/setting-spec.ts';
import { idOf, type SettingScope, storedSetting } from '../../accounts/settings.ts';
import { settingNames, settingSpec } from '../../accounts/settings-table.ts';
import { CloudError } from '../../error.ts';
import type { Handlers } from '../handler.ts';
import { pageOf } from '../page.ts';
import { hidden, settingResponse } from './setting-response.ts';
import { scopeShown, settable } from './setting-scope.ts';

export const configurations = {
  async listConfigurations(context, params) {
    const { db, settings } = context;
    const scope = scopeShown(context, params);
    if (params.subgroup !== undefined && params.group === undefined)
      throw new CloudError('parameter', 'Configuration group name must be specified with the subgroup name');
    const { offset, limit } = await pageOf(context, params);
    const found = settingNames.filter((name) => matches(name, settingSpec(name)!, params, scope));
    const page = found.slice(offset, limit === undefined ? undefined : offset + limit);
    const shown = async (name: string) =>
      settingResponse(db, { name, spec: settingSpec(name)!, scope, found: await settings.value(name, scope) });
    return { count: found.length, items: await Promise.all(page.map(shown)) };
  },

  async listConfigurationGroups(context, params) {
    const { offset, limit } = await pageOf(context, params);
    const names = [...new Set(settingNames.map((name) => settingSpec(name)!.category))].sort();
    const groups = names
      .map((name, index) => ({
        name,
        description: `Settings of ${name}`,
        precedence: index + 1,
        subgroup: [{ name: 'Others', precedence: 1 }],
      }))
      .filter(({ name }) => same(name, params.group) && (params.keyword === undefined || includes(name, params.keyword)));
    return { count: groups.length, items: groups.slice(offset, limit === undefined ? undefined : offset + limit) };
  },

  async updateConfiguration(context, params) {
    const { db, secrets } = context;
    const { name, spec, scope } = await settable(context, params);
    const value = checked(name, spec, params.value ?? '');
    const stored = storedSetting(secrets, name, scope, value);
    await db
      .insertInto('setting')
      .values({ name, scope: scope.scope, scope_id: idOf(scope), value: stored })
      .onConflict((conflict) =>
        conflict.columns(['name', 'scope', 'scope_id']).doUpdateSet({ value: stored, updated: new Date() }),
      )
      .execute();
    return settingResponse(db, { name, spec, scope, found: { value, at: scope } });
  },

  async resetConfiguration(context, params) {
    const { db, settings } = context;
    const { name, spec, scope } = await settable(context, params);
    await db
      .deleteFrom('setting')
      .where('name', '=', name)
      .where('scope', '=', scope.scope)
      .where('scope_id', '=', idOf(scope))
      .execute();
    return settingResponse(db, { name, spec, scope, found: await settings.inherited(name, scope) });
  },
} satisfies Handlers<'listConfigurations' | 'listConfigurationGroups' | 'updateConfiguration' | 'resetConfiguration'>;

/** The value in its usual form. @throws {CloudError} it is none of this setting's; a secret one is not repeated. */
function checked(name: string, spec: SettingSpec, given: string): string {
  const value = normal(spec, given);
  const shown = spec.secret ? '' : ` value=${value.slice(0, 100)}`;
  if (spec.secret && value === hidden)
    throw new CloudError('parameter', `${hidden} is what is shown in place of the value of ${name}; give the value itself.`);
  const problem = settingProblem(spec, value);
  if (problem) throw new CloudError('parameter', `Invalid parameter value${shown}: ${problem} (setting ${name}).`);
  return value;
}

/** Clients write `True` and 0.90. */
const normal = (spec: SettingSpec, value: string): string =>
  spec.kind === 'boolean' ? value.trim().toLowerCase() : spec.kind === 'text' ? value : value.trim();

const same = (a: string, b: string | undefined): boolean => b === undefined || a.toLowerCase() === b.toLowerCase();
const includes = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

type Filter = Partial<Record<'name' | 'category' | 'group' | 'subgroup' | 'keyword' | 'parent', string | undefined>>;
function matches(name: string, spec: SettingSpec, filter: Filter, scope: SettingScope): boolean {
  return (
    same(name, filter.name) &&
    same(spec.category, filter.category) &&
    same(spec.category, filter.group) &&
    same('Others', filter.subgroup) &&
    same(spec.parent ?? '', filter.parent) &&
    (filter.keyword === undefined || includes(name, filter.keyword)) &&
    (scope.scope === 'global' || (spec.scopes?.includes(scope.scope) ?? false))
  );
}
