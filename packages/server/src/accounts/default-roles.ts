import type { RoleType } from '@virtstack/contract';
import { allows, callable, type Rule } from './permissions.ts';
import { roles } from './roles.ts';

/** A role that every installation has beside those of the types: it permits a part of what its type does. Its row is in the table. */
type DefaultRole = { readonly type: RoleType; readonly rules: readonly Rule[] };

const allow = (...rules: readonly string[]): readonly Rule[] => rules.map((rule) => ({ rule, permission: 'allow' }));

const reading: readonly Rule[] = [
  { rule: 'getUploadParamsFor*', permission: 'deny' },
  ...allow('list*', 'get*', 'queryAsyncJobResult'),
];
const machines = ['startVirtualMachine', 'stopVirtualMachine', 'rebootVirtualMachine'];
const images = [
  'createVolume',
  'attachVolume',
  'detachVolume',
  'uploadVolume',
  'attachIso',
  'detachIso',
  'registerTemplate',
  'registerIso',
];
const clusters = ['startKubernetesCluster', 'stopKubernetesCluster'];
const maintenance = [
  'prepareHostForMaintenance',
  'cancelHostMaintenance',
  'enableStorageMaintenance',
  'cancelStorageMaintenance',
];
const offerings = ['createServiceOffering', 'createDiskOffering', 'createNetworkOffering', 'createVPCOffering'];
const support = allow(...machines, ...clusters, ...images);

/** CloudStack's, by id. */
const defaults: Readonly<Record<string, DefaultRole>> = {
  '5b8a1a6e-0000-4000-8000-000000000005': { type: 'Admin', rules: reading },
  '5b8a1a6e-0000-4000-8000-000000000006': { type: 'User', rules: reading },
  '5b8a1a6e-0000-4000-8000-000000000007': {
    type: 'Admin',
    rules: [...allow(...maintenance, ...offerings), ...support, ...reading],
  },
  '5b8a1a6e-0000-4000-8000-000000000008': { type: 'User', rules: [...allow('getUploadParamsFor*'), ...support, ...reading] },
};

const made = new Map<string, readonly Rule[]>();

/** The rules of such a role, one for each command, so that no pattern reaches beyond its type; nothing of others. */
export function rulesOfDefault(id: string): readonly Rule[] | undefined {
  const role = defaults[id];
  if (!role) return undefined;
  const found = made.get(id) ?? allow(...callable({ role: role.type }).filter((name) => allows(role.rules, name)));
  made.set(id, found);
  return found;
}

/** Whether it is the role of a type, whose commands are the contract's: an account that has it has none written down. */
export const isTypesRole = (id: string): boolean => Object.values(roles).some((role) => role.id === id);
