import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { PeerError } from '@virtstack/protocol';
import { replaceApiKeys } from '../../accounts/api-keys.ts';
import { seedId } from '../../db/seed.ts';
import { callAs, jobAs, type Values } from '../../http/testing.ts';
import { until } from '../../orchestration/testing/until.ts';
import { withZone } from '../../orchestration/testing/zone.ts';
import { admin } from './testing.ts';

const zone = await withZone();
const { server } = zone;
const root = admin(server);

/** A user with an account of his own, in a domain below ROOT. */
async function newUser(role_type = 'User') {
  const { db, secrets } = server.cloud;
  const [domain_id, account_id, id] = [randomUUID(), randomUUID(), randomUUID()];
  const name = `u${id.slice(0, 6)}`;
  await db
    .insertInto('domain')
    .values({ id: domain_id, parent_id: seedId('domain', 'ROOT'), name, path: `/${name}/`, level: 1 })
    .execute();
  await db.insertInto('account').values({ id: account_id, domain_id, name, role_type }).execute();
  const person = { username: name, firstname: 'U', lastname: 'U', email: 'u@example.org', password_hash: 'none' };
  await db
    .insertInto('users')
    .values({ id, account_id, ...person })
    .execute();
  const keys = await replaceApiKeys(db, secrets, id);
  const call = (command: string, values?: Values) => callAs(server, keys, command, values);
  return { name, domain_id, call, ...admin({ call, job: (command, values) => jobAs(server, keys, command, values) }) };
}
const user = await newUser();

test('a user sees the shared network without what is the admin’s business', async () => {
  const { items } = await user.list('listNetworks', { zoneid: zone.zoneId });
  assert.equal(items[0]!.id, zone.networkId);
  for (const field of ['vlan', 'broadcasturi', 'physicalnetworkid', 'account'] as const)
    assert.equal(items[0]![field], undefined);
});

test('a disabled zone is seen by admins alone', async () => {
  const made = await root.make('createZone', {
    name: 'closed',
    dns1: '192.0.2.1',
    internaldns1: '192.0.2.1',
    networktype: 'Advanced',
  });
  const names = async (who: typeof user | typeof root) => (await who.list('listZones')).items.map(({ name }) => name);
  assert.ok((await names(root)).includes('closed'));
  assert.deepEqual((await names(user)).includes('closed'), false);
  await root.make('updateZone', { id: made.id, allocationstate: 'Enabled' });
  assert.ok((await names(user)).includes('closed'));
});

test('a network of one account is seen by nobody else', async () => {
  const other = await newUser();
  const physical = await root.make('createPhysicalNetwork', { name: 'second', zoneid: zone.zoneId });
  await root.make('addTrafficType', { physicalnetworkid: physical.id, traffictype: 'Guest', kvmnetworklabel: 'br1' });
  const [offering] = (await root.list('listNetworkOfferings', { state: 'Enabled' })).items;
  const addresses = { gateway: '10.7.0.1', netmask: '255.255.255.0', startip: '10.7.0.2', endip: '10.7.0.9' };
  const { id } = await root.make('createNetwork', {
    ...{ name: 'his', zoneid: zone.zoneId, networkofferingid: offering!.id, physicalnetworkid: physical.id, ...addresses },
    ...{ acltype: 'Account', account: user.name, domainid: user.domain_id },
  });
  assert.equal((await user.list('listNetworks', { id })).count, 1);
  assert.equal((await other.list('listNetworks', { listall: true, keyword: 'his' })).count, 0);
  assert.match((await other.refusal('listNetworks', { id })).text, /entity does not exist/);
  assert.match((await other.refusal('deleteNetwork', { id })).text, /entity does not exist/);
});

test('a shared network of one domain alone is not promised', async () => {
  const [offering] = (await root.list('listNetworkOfferings', { state: 'Enabled' })).items;
  const [physical] = (await root.list('listPhysicalNetworks', { zoneid: zone.zoneId })).items;
  const refused = await root.refusal('createNetwork', {
    ...{ name: 'n', zoneid: zone.zoneId, networkofferingid: offering!.id, physicalnetworkid: physical!.id },
    ...{ gateway: '10.8.0.1', netmask: '255.255.255.0', startip: '10.8.0.2', bypassvlanoverlapcheck: true },
    domainid: user.domain_id,
  });
  assert.match(refused.text, /every domain’s/);
});

test('a user may not create a shared network, nor a zone', async () => {
  const [offering] = (await user.list('listNetworkOfferings', { state: 'Enabled' })).items;
  const refused = await user.refusal('createNetwork', { name: 'n', zoneid: zone.zoneId, networkofferingid: offering!.id });
  assert.deepEqual([refused.code, /Only an admin/.test(refused.text)], [432, true]);
  assert.equal((await user.refusal('createZone', { name: 'x' })).code, 432);
});

test('a user sees public templates without their address, and nobody else’s private ones', async () => {
  const image = { url: 'https://images.example/p.qcow2', format: 'QCOW2', hypervisor: 'KVM' };
  const { id } = await root.make('registerTemplate', { ...image, name: 'private' });
  const shown = (await user.list('listTemplates', { templatefilter: 'executable' })).items;
  assert.deepEqual(
    shown.map((one) => [one.id, one.url]),
    [[zone.templateId, undefined]],
  );
  assert.match((await user.refusal('listTemplates', { templatefilter: 'executable', id })).text, /entity does not exist/);
  assert.match((await user.refusal('deleteTemplate', { id: zone.templateId })).text, /entity does not exist/);
});

test('what would reach a hypervisor’s own configuration is for no user to say, of a machine or of a template', async () => {
  const image = { url: 'https://images.example/e.qcow2', format: 'QCOW2', hypervisor: 'KVM', name: 'extra' };
  const refused = await user.refusal('registerTemplate', { ...image, 'details[0].extraconfig-1': 'x' });
  assert.match(refused.text, /extraconfig-1 is not for users/);
});

test('a user’s template is his own, is not featured however he asks, and shows him its address', async () => {
  const image = { url: 'https://images.example/u.qcow2', format: 'QCOW2', hypervisor: 'KVM', isfeatured: true, ispublic: true };
  const made = await user.make('registerTemplate', { ...image, name: 'mine' });
  assert.deepEqual([made.account, made.isfeatured, made.ispublic, made.url], [user.name, false, true, image.url]);
});

test('a user sees a zone without the addresses and the capacity of the installation', async () => {
  const [seen] = (await user.list('listZones', { id: zone.zoneId, showcapacities: true })).items;
  assert.equal(seen!.id, zone.zoneId);
  for (const field of ['dns1', 'internaldns1', 'guestcidraddress', 'capacity'] as const)
    assert.equal(seen![field], undefined, field);
  const [whole] = (await root.list('listZones', { id: zone.zoneId, showcapacities: true })).items;
  assert.equal(whole!.internaldns1, '192.0.2.53');
  assert.ok(whole!.capacity.length > 0);
});

test('why the download of a public template failed is told to its owner, not to whoever may use it', async () => {
  zone.store.failure = new PeerError('http', 'http://inside.example/p answered 404.');
  const image = { url: 'http://inside.example/p', format: 'QCOW2', hypervisor: 'KVM', ispublic: true, name: 'broken' };
  const { id } = await root.make('registerTemplate', image);
  const status = async (who: typeof user | typeof root) =>
    (await who.list('listTemplates', { templatefilter: 'community', id })).items[0]!.status;
  await until(async () => /answered 404/.test(await status(root)), 'the failure');
  zone.store.failure = undefined;
  assert.equal(await status(user), 'Not downloaded');
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: id };
  assert.match((await user.refusal('deployVirtualMachine', base)).text, /its download failed; its owner can read why/);
  assert.match((await root.refusal('deployVirtualMachine', base)).text, /inside\.example/);
});

test('a user whose machine has no place is told what it needs and no host’s name; nor does his job name a server', async () => {
  const { host } = await zone.addHost();
  await root.make('updateConfiguration', { name: 'max.account.memory', value: '-1' });
  const offering = await root.make('createServiceOffering', {
    ...{ name: 'big', displaytext: 'big', cpunumber: 1, cpuspeed: 100, memory: 1_000_000, storagetype: 'local' },
  });
  const base = {
    zoneid: zone.zoneId,
    serviceofferingid: offering.id,
    templateid: zone.templateId,
    name: 'toobig',
    networkids: zone.networkId,
  };
  const { jobid, errortext: refused } = await user.call('deployVirtualMachine', base);
  assert.equal(refused, undefined);
  const job = await until(async () => {
    const answer = await user.call('queryAsyncJobResult', { jobid: jobid! });
    return answer.jobstatus !== 0 && answer;
  });
  const { errorcode, errortext } = job.jobresult as { errorcode: number; errortext: string };
  assert.equal(errorcode, 533);
  assert.match(errortext, /needs 1 × 100 MHz of CPU and 1000000 MiB of memory on a KVM host; no host of the zone can take it/);
  const machine = (await user.list('listVirtualMachines', { name: 'toobig' })).items[0]!;
  for (const told of [job, machine]) assert.ok(!JSON.stringify(told).includes(host.facts.hostname));
  assert.equal(job.managementservername, undefined);
  assert.ok(server.logged.some((line) => line.includes(host.facts.hostname) && line.includes('to give')));
});

test('everything is for admins to see', async () => {
  assert.match((await user.refusal('listTemplates', { templatefilter: 'all' })).text, /root admin only/);
});
