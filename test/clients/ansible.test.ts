import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Played, play } from './playbook.ts';
import { type Cloud, type Role, roles, withRoles } from './roles.ts';

/** Ansible’s cloudstack collection: what a playbook says is made so, and a second run finds nothing to change. */
let cloud: Cloud;
before(async () => {
  cloud = await withRoles();
});

const public_key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl eve@example';
const place = { zone: 'z', template: 't', network: 'n' };
/** The path of the domain that each makes; the collection leaves ROOT out. */
const below = { Admin: 'by-ansible', DomainAdmin: 'works/by-ansible', User: 'works/by-ansible' };
const as = (role: Role, name: string, variables: object = {}): Promise<Played> =>
  play(name, cloud, cloud.access[role], {
    ...{ public_key, ...place, domain: cloud.access[role].domain, below: below[role] },
    ...variables,
  });

/** Plays it twice. How many tasks it has that change something is said, so that none is left out unseen. */
async function twice(role: Role, name: string, changing: number): Promise<void> {
  const first = await as(role, name);
  assert.deepEqual(first.failed, []);
  assert.equal(first.changed.length, changing, `changed: ${first.changed.join(', ')}`);
  const second = await as(role, name, { again: true });
  assert.deepEqual([second.failed, second.changed], [[], []]);
  assert.ok(second.tasks > 0);
}

for (const role of roles)
  describe(`as ${role}`, { concurrency: false }, () => {
    it('keys, a project, an instance and its volume are made once', () => twice(role, 'tenant', 5));
    it('they are changed once', () => twice(role, 'tenant-changed', 3));
    it('they are gone after they were deleted once', () => twice(role, 'tenant-gone', 4));
  });

for (const role of ['Admin', 'DomainAdmin'] as const)
  describe(`people, by a ${role}`, { concurrency: false }, () => {
    it('a domain, an account, a user, limits and things of the account are made once', () => twice(role, 'people', 7));
    it('they are changed once', () => twice(role, 'people-changed', 4));
    it('they are gone after they were deleted once', () => twice(role, 'people-gone', 6));
  });

describe('the installation, by an Admin', { concurrency: false }, () => {
  it('roles, offerings, settings, a zone, a template and a network are made once', () => twice('Admin', 'installation', 11));
  it('they are changed once', () => twice('Admin', 'installation-changed', 8));
  it('they are gone after they were deleted once', () => twice('Admin', 'installation-gone', 10));
});

it('what a user may not do, or what is not there, is told by the modules', async () => {
  const { failed, tasks } = await as('User', 'refused');
  assert.equal(tasks, 4);
  assert.deepEqual(
    failed.filter((task) => task.startsWith('each says why')),
    [],
    failed.join('\n'),
  );
});
