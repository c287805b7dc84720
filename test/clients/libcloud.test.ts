import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Cloud, type Role, roles, withRoles } from './roles.ts';
import { script } from './run.ts';

/** Apache Libcloud, as far as the commands reach that it calls. */
type Told = {
  readonly lists: Readonly<Record<string, number>>;
  readonly 'key pairs': readonly unknown[];
  readonly node: Readonly<Record<string, unknown>>;
  readonly errors: Readonly<Record<string, unknown>>;
};
const publickey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl eve+x@example';

describe('libcloud', () => {
  const told = {} as Record<Role, Told>;
  let cloud: Cloud;
  before(async () => {
    cloud = await withRoles();
    for (const role of roles)
      told[role] = await script('use_libcloud.py', cloud, { ...cloud.access[role], offering: 'Tiny Instance', publickey });
  });

  for (const role of roles) {
    it(`lists what there is, as ${role}`, () => {
      const { lists } = told[role];
      const some = Object.entries(lists).filter(([, count]) => count > 0);
      assert.deepEqual(some.map(([name]) => name).sort(), [
        ...['disk offerings', 'images', 'limits', 'locations', 'network offerings', 'networks', 'sizes', 'types of systems'],
      ]);
    });

    it(`makes, imports, finds and deletes keys, as ${role}`, () => {
      assert.deepEqual(told[role]['key pairs'], [true, true, ['by-libcloud', 'known'], 0, 'KeyPairDoesNotExistError']);
    });

    it(`deploys, stops, starts, reboots and destroys a node with a volume and tags, as ${role}`, () => {
      const { address, ...rest } = told[role].node;
      assert.match(String(address), /^10\.1\./);
      const states = ['running', 'Stopped', 'Running', true];
      assert.deepEqual(rest, { states, attached: ['by-libcloud'], volume: 'available', left: 0, listed: true, 'nodes left': 0 });
    });

    it(`shows why something is refused, as ${role}`, () => {
      const { 'wrong secret': wrong, 'unknown thing': unknown } = told[role].errors;
      assert.equal(wrong, 'InvalidCredsError');
      assert.match(String(unknown), /^431,.*entity does not exist/);
    });
  }
});
