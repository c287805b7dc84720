import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { CommandName } from '@virtstack/contract';
import { wrongIn } from '@virtstack/contract/testing/answer-types.ts';
import { mayCall } from '../accounts/permissions.ts';
import type { Keys, Values } from '../http/testing.ts';
import { ask, served } from './testing/calls.ts';
import { type Everything, withEverything } from './testing/everything.ts';

/** Every list of a cloud that has something of everything, as each role: strict clients lose a whole list to one field of another type. */
let cloud: Everything;
before(async () => {
  cloud = await withEverything();
});

const roles = ['Admin', 'DomainAdmin', 'User'] as const;
type Role = (typeof roles)[number];
const keysOf = (role: Role): Keys =>
  role === 'Admin' ? cloud.zone.server.firstAdmin! : role === 'DomainAdmin' ? cloud.chief : cloud.ann;

/** What a list must be told. */
const told: Partial<Record<CommandName, () => Values>> = {
  listAsyncJobs: () => ({ startdate: '2020-01-01' }),
  listProjectAccounts: () => ({ projectid: cloud.projectId }),
  listProjectRoles: () => ({ projectid: cloud.projectId }),
  listProjectRolePermissions: () => ({ projectid: cloud.projectId }),
  listProjectInvitations: () => ({ projectid: cloud.projectId }),
  listRolePermissions: () => ({ roleid: cloud.roleId }),
  listTemplates: () => ({ templatefilter: 'executable' }),
  listTrafficTypes: () => ({ physicalnetworkid: cloud.physicalNetworkId }),
  listUnmanagedInstances: () => ({ clusterid: cloud.zone.clusterId }),
  listUserKeyRules: () => ({ keypairid: cloud.pairId }),
  getUser: () => ({ userapikey: cloud.ann.apikey }),
  getUserKeys: () => ({ id: cloud.ann.userId }),
  getVirtualMachineUserData: () => ({ virtualmachineid: cloud.machineId }),
};
/** Lists that have nothing to show to a role, and why. */
const empty: Partial<Record<CommandName, readonly Role[]>> = {
  // domains below his own are not his
  listDomainChildren: ['User'],
  // there are no public addresses
  listPublicIpAddresses: roles,
  listPortForwardingRules: roles,
  listIpForwardingRules: roles,
};

const shows = served.filter(({ name }) => /^(list|get)/.test(name));

async function answer(name: CommandName, role: Role, values: Values): Promise<Record<string, Record<string, unknown>>> {
  const { text } = await ask(cloud.zone.server, keysOf(role), name, values);
  return JSON.parse(text) as Record<string, Record<string, unknown>>;
}

describe('every field of every row is of CloudStack’s type', () => {
  for (const role of roles)
    for (const { name, declared } of shows.filter(({ name: command }) => mayCall({ role }, command)))
      test(`in ${name} as ${role}`, async () => {
        const has = (parameter: string): boolean => parameter in declared.params;
        const asked = { ...(has('listall') && { listall: true }), ...told[name]?.() };
        const reply = await answer(name, role, asked);
        assert.deepEqual(wrongIn(name, reply), []);
        const isEmpty = Object.keys(Object.values(reply)[0]!).length === 0;
        assert.equal(isEmpty, empty[name]?.includes(role) ?? false, JSON.stringify(reply));
        if (!has('projectid') || 'projectid' in asked) return;
        assert.deepEqual(wrongIn(name, await answer(name, role, { ...asked, projectid: '-1' })), []);
      });
});

test('an answer of another form would be noticed', async () => {
  const reply = await answer('listVirtualMachines', 'User', {});
  const { count, virtualmachine: machines } = reply.listvirtualmachinesresponse as { count: number; virtualmachine: object[] };
  const listed = (items: unknown, more: object = {}) => ({
    listvirtualmachinesresponse: { count, virtualmachine: items, ...more },
  });
  const changed = (fields: object) => listed([{ ...machines[0], ...fields }]);
  assert.deepEqual(wrongIn('listVirtualMachines', listed(machines)), []);
  assert.deepEqual(wrongIn('listVirtualMachines', { listvirtualmachinesresponse: {} }), []);
  const nic = { id: 'n', networkid: 'n', isdefault: true, ipaddress: '10.0.0.2', macaddress: 'm' };
  for (const wrong of [
    ...[{}, { other: reply }, { ...listed(machines), second: {} }, listed({}), listed(machines, { next: 1 })],
    ...[listed(machines, { count: 0 }), listed(machines, { count: '1' }), listed(machines, { count: undefined })],
    ...[
      changed({ memory: '64' }),
      changed({ memory: 64.5 }),
      changed({ name: 7 }),
      changed({ name: null }),
      changed({ haenable: 'true' }),
    ],
    ...[
      changed({ created: '2026-11-23T06:17:01.000Z' }),
      changed({ created: 0 }),
      changed({ secret: 'x' }),
      changed({ nic: {} }),
    ],
    ...[
      changed({ nic: [{ ...nic, deviceid: 0 }] }),
      changed({ nic: [{ ...nic, isdefault: undefined }] }),
      changed({ nic: [{}] }),
    ],
    ...[
      changed({ details: { a: 1 } }),
      changed({ tags: ['a'] }),
      changed({ cpuused: '7' }),
      listed([{ id: 'a' }]),
      listed(['a']),
    ],
  ])
    assert.notDeepEqual(wrongIn('listVirtualMachines', JSON.parse(JSON.stringify(wrong))), [], JSON.stringify(wrong));
});
