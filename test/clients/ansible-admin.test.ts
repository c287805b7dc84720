import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { playTwice } from './playbook.ts';
import { type Cloud, withRoles } from './roles.ts';

/** Ansible’s cloudstack collection, for what admins look after: a second run finds nothing to change. */
let cloud: Cloud;
before(async () => {
  cloud = await withRoles();
  await makeBridged(cloud);
});

/** A zone whose physical network bears no network yet; the collection has no module that makes one here. */
async function makeBridged({ works: { root } }: Cloud): Promise<void> {
  const dns = { dns1: '192.0.2.53', internaldns1: '192.0.2.53' };
  const { id: zoneid } = await root.make('createZone', { name: 'bridged', networktype: 'Advanced', ...dns });
  const { id: physicalnetworkid } = await root.make('createPhysicalNetwork', { name: 'bridged', zoneid });
  await root.make('addTrafficType', { physicalnetworkid, traffictype: 'Guest', kvmnetworklabel: 'br1' });
}

/** A domain's admin works in his own; the root admin makes one. */
const admins = {
  Admin: { root: true, below: 'by-ansible', zone: 'z' },
  DomainAdmin: { root: false, below: 'works', zone: 'z' },
} as const;

for (const role of ['Admin', 'DomainAdmin'] as const)
  describe(`Ansible as ${role}`, () => {
    const { root } = admins[role];
    const twice = (name: string) => playTwice(name, cloud, cloud.access[role], admins[role]);
    it('makes an account, a user, limits and things of the account once', async () => {
      assert.deepEqual(await twice('people'), [
        ...(root ? ['a domain is made'] : []),
        ...['an account is made in it', 'it has a second user', 'it has a limit'],
        ...(root ? ['its domain has a limit'] : []),
        ...['a project is made for it', 'a volume is made for it'],
      ]);
    });
    it('changes, disables and locks them once', async () => {
      assert.deepEqual(await twice('people-changed'), [
        ...(root ? ['the domain is called otherwise in its networks'] : []),
        ...['the second user is called otherwise', 'the second user is disabled', 'the account is locked'],
      ]);
    });
    it('deletes them once', async () => {
      assert.deepEqual(await twice('people-gone'), [
        ...['the account is enabled', 'the volume is deleted', 'the project is deleted', 'the second user is deleted'],
        ...['the account is deleted', ...(root ? ['the domain is deleted'] : [])],
      ]);
    });
  });

describe('Ansible as Admin, for the installation', () => {
  const twice = (name: string) => playTwice(name, cloud, cloud.access.Admin, { zone: 'z' });
  it('makes roles, offerings, settings, a zone, a template and a network once', async () => {
    assert.deepEqual(await twice('installation'), [
      ...['a role is made', 'the role may look', 'a service offering is made', 'a disk offering is made', 'a setting is changed'],
      ...['a setting of a zone is changed', 'a zone is made', 'a pod is made', 'a cluster is made', 'a template is registered'],
      'a network is made',
    ]);
  });
  it('changes them once', async () => {
    assert.deepEqual(await twice('installation-changed'), [
      ...['the role is described otherwise', 'the role may not look', 'the service offering is described otherwise'],
      ...['the disk offering is described otherwise', 'the cluster is disabled', 'the pod is disabled', 'the zone is disabled'],
      'the template is described otherwise',
    ]);
  });
  it('deletes them once', async () => {
    assert.deepEqual(await twice('installation-gone'), [
      ...[
        'the network is deleted',
        'the template is deleted',
        'the cluster is deleted',
        'the pod is deleted',
        'the zone is deleted',
      ],
      ...['the settings are as they were', 'the offering is deleted', 'the disk offering is deleted', 'the role may no more'],
      'the role is deleted',
    ]);
  });
});
