import type { Scope, SettingSpec } from '../../accounts/setting-spec.ts';
import type { SettingScope } from '../../accounts/settings.ts';
import { settingSpec } from '../../accounts/settings-table.ts';
import { CloudError } from '../../error.ts';
import type { Caller, Context } from '../handler.ts';

/** The parameters that name the thing of a scope, and CloudStack's word for it. */
const scopes = {
  zone: { parameters: ['zoneid'], word: 'Zone' },
  cluster: { parameters: ['clusterid'], word: 'Cluster' },
  storagepool: { parameters: ['storageid'], word: 'StoragePool' },
  imagestore: { parameters: ['imagestoreuuid', 'imagestoreid'], word: 'ImageStore' },
  managementserver: { parameters: ['managementserverid'], word: 'ManagementServer' },
  account: { parameters: ['accountid'], word: 'Account' },
  domain: { parameters: ['domainid'], word: 'Domain' },
} as const satisfies Record<Scope, { parameters: readonly string[]; word: string }>;
type ScopeParams = { readonly [S in Scope as (typeof scopes)[S]['parameters'][number]]?: string | undefined };

export const scopeWords = (spec: SettingSpec): string =>
  ['Global', ...(spec.scopes ?? []).map((scope) => scopes[scope].word)].join(',');

/** The scope that parameters name. @throws {CloudError} more than one. */
function scopeNamed(params: ScopeParams): SettingScope {
  const named = (Object.keys(scopes) as Scope[]).flatMap((scope) =>
    scopes[scope].parameters.flatMap((parameter) => {
      const id = params[parameter];
      return id === undefined ? [] : [{ scope, id }];
    }),
  );
  if (named.length > 1)
    throw new CloudError(
      'parameter',
      'A setting is looked at in one scope at a time: name one of zone, cluster, pool, image store, management server, account or domain.',
    );
  return named[0] ?? { scope: 'global' };
}

const isTheirs = ({ scope }: SettingScope): boolean => scope === 'account' || scope === 'domain';

/** Whose settings are to be shown: of a domain admin who names nothing those of his own domain. @throws {CloudError} */
export function scopeShown({ caller }: { readonly caller: Caller }, params: ScopeParams): SettingScope {
  const scope = scopeNamed(params);
  if (caller.role === 'Admin' || isTheirs(scope)) return scope;
  if (scope.scope === 'global') return { scope: 'domain', id: caller.domainId };
  throw new CloudError(
    'account',
    'You may see the settings of your domains and of the accounts in them: name one by domainid or accountid.',
  );
}

/** A setting that the caller may change there. @throws {CloudError} he may not, there is no such setting, or it cannot be set there. */
export async function settable(
  { caller, settings }: Pick<Context, 'caller' | 'settings'>,
  params: ScopeParams & { readonly name: string },
): Promise<{ readonly name: string; readonly spec: SettingSpec; readonly scope: SettingScope }> {
  const { name } = params;
  const scope = scopeNamed(params);
  if (caller.role !== 'Admin' && !isTheirs(scope))
    throw new CloudError(
      'account',
      'The installation’s settings are its administrators’ to change; name a domain or an account of yours.',
    );
  if (caller.role !== 'Admin' && !(await settings.boolean('allow.domain.admins.modify.configuration')))
    throw new CloudError(
      'account',
      'Domain admins may not change settings here (allow.domain.admins.modify.configuration). Ask an administrator.',
    );
  const spec = settingSpec(name);
  if (!spec || !isSeenBy(caller, spec))
    throw new CloudError(
      'parameter',
      `There is no setting ${name.slice(0, 100)}; listConfigurations shows those that are there.`,
    );
  if (spec.readOnly)
    throw new CloudError('parameter', `The setting ${name} is the server’s own: it can be read, and not be changed.`);
  if (scope.scope !== 'global' && !spec.scopes?.includes(scope.scope))
    throw new CloudError(
      'parameter',
      `The setting ${name} cannot be set for a ${scope.scope}: its scope is ${scopeWords(spec)}.`,
    );
  return { name, spec, scope };
}

/** Domain admins know of what can be set for a domain or an account. */
const isSeenBy = ({ role }: Caller, { scopes }: SettingSpec): boolean =>
  role === 'Admin' || (scopes?.includes('domain') ?? false) || (scopes?.includes('account') ?? false);
