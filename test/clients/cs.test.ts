import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Cloud, type Role, roles, withRoles } from './roles.ts';
import { script } from './run.ts';

/** `cs`, the Python client on which Ansible's collection stands. */
type Told = {
  readonly lists: readonly string[];
  readonly refused: Readonly<Record<string, unknown>>;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly people: readonly unknown[];
  readonly project: readonly unknown[];
  readonly errors: Readonly<Record<string, unknown>>;
};

describe('cs', () => {
  const told = {} as Record<Role, Told>;
  let cloud: Cloud;
  before(async () => {
    cloud = await withRoles();
    for (const role of roles) told[role] = await script('use_cs.py', cloud, { ...cloud.access[role], offering: 'Tiny Instance' });
  });

  for (const role of roles) {
    it(`reads every list that is offered, as ${role}`, () => {
      assert.deepEqual(told[role].refused, {});
      for (const list of [
        'listZones',
        'listVirtualMachines',
        'listDomains',
        'listUsers',
        'listProjects',
        'listTags',
        'listResourceLimits',
      ])
        assert.ok(told[role].lists.includes(list), list);
      assert.equal(told[role].lists.includes('listHosts'), role === 'Admin');
    });

    it(`deploys, stops, starts and destroys a machine with a key, a volume and tags, by GET and by POST, as ${role}`, () => {
      const { address, ...rest } = told[role].machine;
      assert.match(String(address), /^10\.1\./);
      assert.deepEqual(rest, {
        ...{ ready: true, states: ['Running', 'Stopped', 'Running'], detail: "~*[x] !'()+é", key: 'by-cs', names: ['by-cs'] },
        ...{ volumes: ['Allocated', 'by-cs', false], tags: true, left: [{}, {}, {}] },
      });
    });

    it(`makes, suspends and deletes a project, as ${role}`, () => {
      assert.deepEqual(told[role].project, [['by-cs'], 'Suspended', true, {}]);
    });

    it(`shows why something is refused, as ${role}`, () => {
      const { 'missing parameter': missing, 'unknown thing': unknown, ...rest } = told[role].errors;
      assert.deepEqual(missing, [431, 'Unable to execute API command startvirtualmachine due to missing parameter id']);
      assert.match(String(unknown), /^431,.*entity does not exist/);
      assert.deepEqual(rest, {
        'unknown command': 432,
        'wrong secret': 401,
        'without an end': true,
        expired: 401,
        'a failed job': null,
      });
    });
  }

  it('makes, changes, disables, enables and deletes accounts and users, as admins; a user is told that he cannot', () => {
    for (const role of ['Admin', 'DomainAdmin'] as const)
      assert.deepEqual(told[role].people, ['eve', 'Eve', 'Changed', 'disabled', 'enabled', 'eve', {}]);
    assert.equal(told.User.people[0], 432);
    assert.match(String(told.User.people[1]), /'createAccount' either does not exist, is not available/);
  });
});
