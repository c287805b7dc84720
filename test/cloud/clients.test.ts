import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { play } from '../clients/playbook.ts';
import { type Access, script } from '../clients/run.ts';
import { Cloud } from './cloud.ts';

/** Clients of others on real guests, as an ordinary user: what they do on hosts in memory (test/clients) they do on a host. */
describe('clients of others, as an ordinary user', () => {
  const cloud = new Cloud();
  let eve: Access & { readonly offering: string; readonly publickey: string };
  before(async () => {
    await cloud.up();
    // else users’ machines stay for a day after they are destroyed
    await cloud.api.one('updateConfiguration', { name: 'allow.user.expunge.recover.vm', value: true });
    eve = { ...(await makeUser(cloud, 'eve')), offering: 'Tiny Instance', publickey };
  });
  after(() => cloud.end());
  const in_ = { dir: cloud.dataDir };

  it('cs deploys, stops by POST, starts and destroys a machine with a volume; what he may not do is an error of its own', async () => {
    const { machine, refused, people } = await script<Told>('use_cs.py', in_, eve);
    assert.deepEqual(machine.states, ['Running', 'Stopped', 'Running']);
    assert.match(String(machine.address), /^10\.1\.\d+\.\d+$/);
    assert.deepEqual([machine.names, machine.tags, machine.left, refused], [['by-cs'], true, [{}, {}, {}], {}]);
    assert.equal(people![0], 432);
  });

  it('libcloud deploys, stops, starts, reboots and destroys a node with a volume', async () => {
    const { node } = await script<Told>('use_libcloud.py', in_, eve);
    assert.deepEqual(node.states, ['running', 'Stopped', 'Running', true]);
    assert.deepEqual([node.attached, node.left], [['by-libcloud'], 0]);
  });

  it('Ansible makes an instance with a key, a volume and tags once, and lets it go', async () => {
    const variables = { public_key: publickey, ...(await place(cloud)) };
    for (const [book, changes] of [
      ['tenant', 5],
      ['tenant', 0],
      ['tenant-gone', 4],
      ['tenant-gone', 0],
    ] as const) {
      const { changed, failed } = await play(book, in_, eve, variables);
      assert.deepEqual([failed, changed.length], [[], changes], changed.join(', '));
    }
  });
});

type Told = Readonly<Record<'machine' | 'node' | 'refused', Readonly<Record<string, unknown>>>> & {
  readonly people?: readonly unknown[];
};
const publickey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl eve@example';

async function makeUser({ api, admin }: Cloud, name: string): Promise<Access> {
  const person = {
    username: name,
    password: `Secret-of-${name}-1`,
    firstname: name,
    lastname: 'Example',
    email: `${name}@example.org`,
  };
  const account = await api.one('createAccount', { account: name, accounttype: 0, ...person });
  const [user] = await api.list('listUsers', { accountid: account.id!, account: name, domainid: account.domainid! });
  const { apikey, secretkey } = await api.job('registerUserKeys', { id: user!.id! });
  const keys = { apikey: apikey!, secretkey: secretkey! };
  return {
    ...keys,
    api: admin.api,
    cacertificate: admin.cacertificate,
    account: name,
    domain: 'ROOT',
    domainid: account.domainid!,
  };
}

async function place({ api }: Cloud): Promise<{ zone: string; template: string; network: string }> {
  const [zones, templates, networks] = await Promise.all([
    api.list('listZones'),
    api.list('listTemplates', { templatefilter: 'featured' }),
    api.list('listNetworks', { listall: true }),
  ]);
  return { zone: zones[0]!.name!, template: templates[0]!.name!, network: networks[0]!.name! };
}
