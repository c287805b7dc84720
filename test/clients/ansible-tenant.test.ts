import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { play, playTwice } from './playbook.ts';
import { type Cloud, roles, withRoles } from './roles.ts';

/** Ansible’s cloudstack collection, for things of one’s own: what a playbook says is made so, and a second run finds nothing to change. */
let cloud: Cloud;
before(async () => {
  cloud = await withRoles();
});

const public_key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl eve@example';
const variables = { public_key, zone: 'z', template: 't', network: 'n' };

for (const role of roles)
  describe(`Ansible as ${role}`, () => {
    const twice = (name: string) => playTwice(name, cloud, cloud.access[role], variables);
    it('makes keys, a project, an instance and its volume once', async () => {
      assert.deepEqual(await twice('tenant'), [
        ...['a key pair is made', 'a key is registered', 'a project is made', 'an instance runs', 'a volume is attached'],
      ]);
    });
    it('changes them once', async () => {
      assert.deepEqual(await twice('tenant-changed'), [
        ...['the volume is detached', 'the instance is stopped and tagged otherwise', 'the project is suspended'],
      ]);
    });
    it('deletes them once', async () => {
      assert.deepEqual(await twice('tenant-gone'), [
        ...['the volume is deleted', 'the instance is expunged', 'the keys are deleted', 'the project is deleted'],
      ]);
    });
  });

it('Ansible tells a user what he may not do, and what is not there', async () => {
  const { failed } = await play('refused', cloud, cloud.access.User, { zone: 'z', domain: 'works' });
  assert.deepEqual(failed, [
    'an account cannot be made: CloudStackException: HTTP 432 response from CloudStack',
    "a template that is not there is not found: Template 'nothing' not found",
    "somebody else's domain is not found: Domain 'ROOT' not found",
  ]);
});
