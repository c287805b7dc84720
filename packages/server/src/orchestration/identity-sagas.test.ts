import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { PeerError } from '@virtstack/protocol';
import { makeDomain, makePerson, type Person } from '../accounts/testing.ts';
import { deleteAccount, deleteDomain, disableAccount } from './identity-sagas.ts';
import { client } from './testing/client.ts';
import { testSaga } from './testing/test-saga.ts';
import { until } from './testing/until.ts';
import { type TestHost, type TestZone, withZone } from './testing/zone.ts';

let zone: TestZone;
let one: TestHost;
let names = 0;
before(async () => {
  zone = await withZone();
  one = await zone.addHost({ memoryBytes: 256 * 2 ** 30, cpus: 256 });
  await zone.api.one('updateConfiguration', { name: 'storage.overprovisioning.factor', value: '100' });
});

/** Somebody who has one of everything: a running machine with a data disk, a volume, a template, a network, a key. */
async function owner(path = '/') {
  const { api, server, zoneId: zoneid, offeringId, templateId } = zone;
  const person = await makePerson(server.cloud.db, server.cloud.secrets, `owner${++names}`, 'User', path);
  const his = client(server, person);
  const place = { zoneid, serviceofferingid: offeringId, templateid: templateId, networkids: zone.networkId, name: `m${names}` };
  const machine = await his.job('deployVirtualMachine', place);
  assert.equal(machine.errortext, undefined);
  const [offering] = await api.list('listDiskOfferings', { name: 'Small' });
  for (const name of ['attached', 'loose']) {
    const volume = await his.job('createVolume', { zoneid, name, diskofferingid: offering!.id! });
    if (name === 'attached') await his.job('attachVolume', { id: volume.made.id!, virtualmachineid: machine.made.id! });
  }
  const image = { url: 'https://images.example/x.qcow2', format: 'QCOW2', hypervisor: 'KVM', zoneid, name: `t${names}` };
  const [template] = await his.list('registerTemplate', image);
  await until(async () => (await his.list('listTemplates', { templatefilter: 'self', id: template!.id! }))[0]?.isready, 'it');
  const network = await ownNetwork(person);
  await his.one('createSSHKeyPair', { name: 'k' });
  return { person, his, machineId: machine.made.id!, templateId: template!.id!, networkId: network, networkName: `n${names}` };
}
type Owner = Awaited<ReturnType<typeof owner>>;

/** A row as createNetwork with acltype=Account writes it. */
async function ownNetwork({ accountId, domainId }: Person, acl_type = 'Account'): Promise<string> {
  const { db } = zone.server.cloud;
  const row = await db.selectFrom('network').selectAll().where('id', '=', zone.networkId).executeTakeFirstOrThrow();
  const id = crypto.randomUUID();
  await db
    .insertInto('network')
    .values({ ...row, id, name: `n${names}`, acl_type, account_id: accountId, domain_id: domainId })
    .execute();
  return id;
}

/** What is left of somebody, in the database and on the host. */
async function leftOf({ person, machineId, templateId }: Pick<Owner, 'person' | 'machineId' | 'templateId'>) {
  const { db } = zone.server.cloud;
  const living = (table: 'virtual_machine' | 'volume' | 'template' | 'network') =>
    db
      .selectFrom(table as 'volume')
      .select('id')
      .where('account_id', '=', person.accountId)
      .where('removed', 'is', null)
      .execute();
  const tables = ['virtual_machine', 'volume', 'template', 'network'] as const;
  const volumes = await db.selectFrom('volume').select('id').where('account_id', '=', person.accountId).execute();
  // The files of volumes follow their rows.
  await until(
    async () =>
      !(await db.selectFrom('job').select('id').where('saga', '=', 'delete-volume').where('status', '=', 0).executeTakeFirst()),
    'files',
  );
  const account = await db.selectFrom('account').selectAll().where('id', '=', person.accountId).executeTakeFirstOrThrow();
  const usage = await db.selectFrom('account_usage').selectAll().where('account_id', '=', person.accountId).executeTakeFirst();
  const { account_id: _, domain_id: __, ...counts } = usage ?? {};
  return {
    living: Object.fromEntries(await Promise.all(tables.map(async (table) => [table, (await living(table)).length]))),
    keys: (await db.selectFrom('ssh_key_pair').select('id').where('account_id', '=', person.accountId).execute()).length,
    account: { removed: account.removed !== null, state: account.state },
    guest: one.host.guests.has(machineId),
    files: volumes.filter(({ id }) => one.host.volumes.has(id)).length,
    image: zone.store.images.has(templateId),
    counted: Object.values(counts).some((count) => count !== 0),
  };
}
const nothing = {
  living: { virtual_machine: 0, volume: 0, template: 0, network: 0 },
  keys: 0,
  account: { removed: true, state: 'disabled' },
  ...{ guest: false, files: 0, image: false, counted: false },
};

test('an account goes with all that it has, and where a step fails, deleting again goes on', async () => {
  const setup = async () => {
    const world = await owner();
    await zone.server.cloud.db
      .updateTable('account')
      .set({ state: 'disabled' })
      .where('id', '=', world.person.accountId)
      .execute();
    return { ...world, cloud: zone.server.cloud, state: { accountId: world.person.accountId } };
  };
  const ideal = await leftOf(await deleted(await owner()));
  assert.deepEqual(ideal, nothing);
  await testSaga(deleteAccount, { setup, snapshot: leftOf, forward: true });
});

async function deleted(world: Owner): Promise<Owner> {
  const job = await zone.api.job('deleteAccount', { id: world.person.accountId });
  assert.equal(job.errortext, undefined);
  return world;
}

test('what hinders a deletion is told by name with its cause, what went is gone, and asked again it ends', async () => {
  const world = await owner();
  const foreign = await owner();
  const { db } = zone.server.cloud;
  await db.updateTable('nic').set({ network_id: world.networkId }).where('virtual_machine_id', '=', foreign.machineId).execute();
  const job = await zone.api.job('deleteAccount', { id: world.person.accountId });
  assert.equal(job.errorcode, 536);
  assert.match(job.errortext!, new RegExp(`${world.networkName} \\(1 virtual machines are on this network; expunge them first`));
  const left = await leftOf(world);
  assert.deepEqual(
    [left.living, left.account],
    [
      { ...nothing.living, network: 1 },
      { removed: false, state: 'disabled' },
    ],
  );
  assert.equal((await zone.server.call('listVirtualMachines', { id: foreign.machineId })).count, 1);
  await deleted(foreign);
  assert.deepEqual(await leftOf(await deleted(world)), nothing);
});

test('a machine whose host refuses to remove it is told, and hinders nothing for good', async () => {
  const world = await owner();
  one.host.failures.push({ method: 'guest/remove', when: 'before', error: new PeerError('libvirt', 'device or resource busy') });
  const job = await zone.api.job('deleteAccount', { id: world.person.accountId });
  assert.equal(job.status, 2);
  assert.match(job.errortext!, /could not be removed: m\d+ \(.*busy/);
  assert.deepEqual(await leftOf(await deleted(world)), nothing);
});

test('networks that everybody uses outlive the account that made them', async () => {
  const world = await owner();
  const shared = await ownNetwork(world.person, 'Domain');
  await deleted(world);
  const { name } = await zone.server.cloud.db
    .selectFrom('network')
    .innerJoin('account', 'account.id', 'network.account_id')
    .select('account.name')
    .where('network.id', '=', shared)
    .where('network.removed', 'is', null)
    .executeTakeFirstOrThrow();
  assert.equal(name, 'admin');
  await zone.api.job('deleteNetwork', { id: shared });
});

test('a disabled account’s machines are stopped, a locked one’s run on', async () => {
  const world = await owner();
  const state = async () => (await zone.api.list('listVirtualMachines', { id: world.machineId }))[0]!.state;
  const locked = await zone.api.job('disableAccount', { id: world.person.accountId, lock: true });
  assert.deepEqual([locked.made.state, await state()], ['locked', 'Running']);
  const disabled = await zone.api.job('disableAccount', { id: world.person.accountId, lock: false });
  assert.deepEqual([disabled.made.name, disabled.made.state, await state()], [world.person.name, 'disabled', 'Stopped']);
  await deleted(world);
  const setup = async () => {
    const made = await owner();
    return { ...made, cloud: zone.server.cloud, state: { accountId: made.person.accountId } };
  };
  const snapshot = async ({ machineId }: Owner) => one.host.guests.get(machineId)?.state;
  await testSaga(disableAccount, { setup, snapshot, forward: true });
});

test('a domain goes with the domains, accounts and projects in it; where a step fails, what is left can log in, and deleting again goes on', async () => {
  const { db } = zone.server.cloud;
  const setup = async () => {
    const name = `d${++names}`;
    const domainId = await makeDomain(db, name);
    const belowId = await makeDomain(db, 'below', `/${name}/`);
    const [upper, deep] = [await owner(`/${name}/`), await owner(`/${name}/below/`)];
    const project = await deep.his.job('createProject', { name: 'p', displaytext: 'p' });
    await deep.his.one('createSSHKeyPair', { name: 'k', projectid: project.made.id! });
    return { cloud: zone.server.cloud, state: { domainId }, belowId, upper, deep, projectId: project.made.id! };
  };
  type World = Awaited<ReturnType<typeof setup>>;
  const snapshot = async ({ state: { domainId }, belowId, upper, deep, projectId }: World) => {
    const domains = await db.selectFrom('domain').selectAll().where('id', 'in', [domainId, belowId]).execute();
    const project = await db.selectFrom('project').select('removed').where('id', '=', projectId).executeTakeFirstOrThrow();
    return {
      domains: domains.map(({ removed, path }) => [removed !== null, path.startsWith('removed ')]),
      project: project.removed !== null,
      upper: await leftOf(upper),
      deep: await leftOf(deep),
    };
  };
  const removed = { ...nothing, account: { removed: true, state: 'disabled' } };
  const world = await setup();
  const job = await zone.api.job('deleteDomain', { id: world.state.domainId, cleanup: true });
  assert.equal(job.errortext, undefined);
  const expected = {
    domains: [
      [true, true],
      [true, true],
    ],
    project: true,
    upper: removed,
    deep: removed,
  };
  assert.deepEqual(await snapshot(world), expected);
  await testSaga(deleteDomain, { setup, snapshot, forward: true });
});
