import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Values } from '../http/testing.ts';
import { until } from './testing/until.ts';
import { type TestHost, type TestZone, withZone } from './testing/zone.ts';

let zone: TestZone;
let one: TestHost;
before(async () => {
  zone = await withZone();
  one = await zone.addHost();
});

const deploy = (more: Values = {}) =>
  zone.api.job('deployVirtualMachine', {
    zoneid: zone.zoneId,
    serviceofferingid: zone.offeringId,
    templateid: zone.templateId,
    ...more,
  });
const running = async (name: string): Promise<string> => {
  const { made, status, errortext } = await deploy({ name });
  assert.equal(status, 1, errortext);
  return made.id!;
};
const shown = async (id: string) => (await zone.api.list('listVirtualMachines', { id }))[0]!;

test('a deployed machine runs on its host with a disk, an address, a lease and its seed', async () => {
  const { made: vm, status, errortext } = await deploy({ name: 'first' });
  assert.equal(status, 1, errortext);
  assert.deepEqual([vm.state, vm.name, vm.hostid, vm.ipaddress], ['Running', 'first', one.id, '10.1.0.10']);
  assert.match(vm.instancename!, /^i-\d+-\d+-VM$/);
  assert.equal(one.host.guests.get(vm.id!)?.state, 'running');
  assert.equal(one.host.volumes.size, 1);
  const lease = one.host.networks.get(zone.networkId)?.leases.find((l) => l.hostname === 'first');
  assert.deepEqual(lease && [lease.mac, lease.address], [vm.nic![0]!.macaddress, '10.1.0.10']);
  assert.equal((await shown(vm.id!)).state, 'Running');
});

test('user data reaches the guest as it was given: a text as a text, what is none byte by byte; its owner reads it again', async () => {
  const seedOf = async (userdata: Buffer) => {
    const { made } = await deploy({ userdata: userdata.toString('base64') });
    const kept = await zone.api.one('getVirtualMachineUserData', { virtualmachineid: made.id! });
    assert.deepEqual(kept, { virtualmachineid: made.id, userdata: userdata.toString('base64') });
    return one.host.guests.get(made.id!)?.seed;
  };
  const text = '#!/bin/sh\necho Grüße\n';
  const [plain, packed] = [await seedOf(Buffer.from(text)), await seedOf(gzipSync(text))];
  assert.deepEqual([plain?.userData, plain?.userDataEncoding], [text, undefined]);
  assert.equal(packed?.userDataEncoding, 'base64');
  assert.equal(gunzipSync(Buffer.from(packed.userData, 'base64')).toString(), text);
});

test('stop, start, reboot, destroy, recover and expunge do what they say', async () => {
  const id = await running('life');
  const { api } = zone;
  const state = async (
    command: 'stopVirtualMachine' | 'startVirtualMachine' | 'rebootVirtualMachine' | 'destroyVirtualMachine',
  ) => (await api.job(command, { id })).made.state;
  assert.equal(await state('stopVirtualMachine'), 'Stopped');
  assert.equal(one.host.guests.get(id)?.state, 'shutoff');
  assert.equal((await shown(id)).hostid, undefined);
  assert.equal(await state('startVirtualMachine'), 'Running');
  assert.equal(await state('rebootVirtualMachine'), 'Running');
  assert.equal(await state('destroyVirtualMachine'), 'Destroyed');
  assert.equal((await api.one('recoverVirtualMachine', { id })).state, 'Stopped');
  assert.equal((await api.job('destroyVirtualMachine', { id, expunge: true })).status, 1);
  assert.deepEqual(await api.list('listVirtualMachines', { name: 'life' }), []);
  assert.equal(one.host.guests.has(id), false);
  assert.equal(
    one.host.networks.get(zone.networkId)?.leases.some((l) => l.hostname === 'life'),
    false,
  );
  assert.deepEqual(await api.list('listVolumes', { keyword: id }), []);
});

test('the lease of the last guest of a network leaves its host with the guest, not with the next that starts there', async () => {
  const { api, addHost, zoneId, offeringId, templateId, networkId } = await withZone();
  const { host } = await addHost();
  const place = { zoneid: zoneId, serviceofferingid: offeringId, templateid: templateId };
  const { made } = await api.job('deployVirtualMachine', place);
  assert.equal(host.networks.get(networkId)?.leases.length, 1);
  await api.job('destroyVirtualMachine', { id: made.id!, expunge: true });
  assert.deepEqual(host.networks.get(networkId)?.leases, []);
});

test('startvm=false makes a Stopped machine, whose disk is made at its first start', async () => {
  const { made } = await deploy({ name: 'later', startvm: false });
  const id = made.id!;
  assert.equal(made.state, 'Stopped');
  const volumeState = async () => (await zone.api.list('listVolumes', { virtualmachineid: id }))[0]!.state;
  assert.equal(await volumeState(), 'Allocated');
  assert.equal((await zone.api.job('startVirtualMachine', { id })).made.state, 'Running');
  assert.equal(await volumeState(), 'Ready');
});

test('a machine is changed: what it is called for people at once, its host name while it is stopped', async () => {
  const { made } = await deploy({ name: 'old-name', startvm: false });
  const id = made.id!;
  const change = (values: Values) => zone.api.one('updateVirtualMachine', { id, ...values });
  const changed = await change({ name: 'new-name', displayname: 'Web of Eve', haenable: true, 'details[0].note': 'x' });
  assert.deepEqual([changed.name, changed.displayname, changed.haenable], ['new-name', 'Web of Eve', true]);
  assert.equal((await shown(id)).details?.note, 'x');
  assert.equal((await change({ cleanupdetails: true })).details?.note, undefined);
  const refused = (values: Values) => zone.api.refusal('updateVirtualMachine', { id, ...values });
  assert.match(await refused({ name: 'first' }), /named first already/);
  assert.equal((await change({ name: 'new-name' })).name, 'new-name', 'its own name is not taken');
  assert.match(await refused({ userdata: '!!' }), /not base64/);
  await zone.api.job('startVirtualMachine', { id });
  const leased = () => one.host.networks.get(zone.networkId)?.leases.map(({ hostname }) => hostname) ?? [];
  assert.deepEqual([leased().includes('new-name'), leased().includes('old-name')], [true, false]);
  assert.match(await refused({ name: 'later-name' }), /name and userdata are changed while it is Stopped/);
  assert.equal((await change({ displayname: 'Web' })).displayname, 'Web');
});

test('what cannot be deployed is refused at once, with the reason', async () => {
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId };
  const refused = (values: Values) => zone.api.refusal('deployVirtualMachine', { ...base, ...values });
  assert.match(await refused({ name: '-bad' }), /host name/);
  assert.match(await refused({ name: 'first' }), /named first already/);
  assert.match(await refused({ userdata: '!!' }), /not base64/);
  assert.match(await refused({ ipaddress: '10.9.9.9' }), /not within 10\.1\.0\.10 to 10\.1\.3\.250/);
  assert.match(await refused({ ipaddress: '10.1.0.10' }), /in use/);
  assert.match(await refused({ keypair: 'none' }), /was not found/);
  assert.match(await refused({ hypervisor: 'XEN' }), /is for KVM/);
  assert.match(await refused({ rootdisksize: 1, 'details[0].virtualizationMode': 'magic' }), /must be one of pv, pvh, hvm/);
  assert.deepEqual(await zone.api.list('listVirtualMachines', { name: '-bad' }), []);
});

test('a machine for which there is no room ends in Error with the numbers, and holds nothing', async () => {
  const size = { cpunumber: 1, cpuspeed: 100, memory: 1_000_000, storagetype: 'local' };
  const big = await zone.api.one('createServiceOffering', { name: 'big', displaytext: 'big', ...size });
  const { status, errorcode, errortext } = await deploy({ name: 'toobig', serviceofferingid: big.id! });
  assert.deepEqual([status, errorcode], [2, 533]);
  assert.match(errortext!, /needs 1 × 100 MHz of CPU and 1000000 MiB of memory.*host host-\w+ has \d+ MiB of memory to give/);
  const [vm] = await zone.api.list('listVirtualMachines', { name: 'toobig' });
  assert.equal(vm!.state, 'Error');
  assert.match(vm!.details!.error!, /needs 1/);
  assert.deepEqual(vm!.nic, []);
});

test('what an admin does with virsh is shown within two seconds, and not fought', async () => {
  const id = await running('truth');
  const becomes = (state: string) => until(async () => (await shown(id)).state === state, state, 2000);
  one.host.virsh(id, 'shutoff', 'shutdown');
  await becomes('Stopped');
  one.host.virsh(id, 'running', 'booted');
  await becomes('Running');
  assert.equal((await shown(id)).hostid, one.id);
  one.host.virsh(id, 'paused', 'user');
  await until(async () => (await shown(id)).details?.paused === 'true', 'paused', 2000);
  assert.equal((await shown(id)).state, 'Running');
  one.host.virsh(id, 'running', 'unpaused');
  await until(async () => (await shown(id)).details?.paused === undefined, 'unpaused', 2000);
  one.host.virsh(id, 'absent', 'undefined');
  await becomes('Stopped');
  assert.equal((await zone.api.job('startVirtualMachine', { id })).made.state, 'Running');
});

test('why a machine does not boot is shown while it is so, and told once for each start', async () => {
  const id = await running('stuck');
  const why = 'GRUB cannot load this kernel in mode pv (not good): use another.';
  const shows = (text: string | undefined) => until(async () => (await shown(id)).details?.bootProblem === text, `${text}`, 2000);
  const told = async () => {
    const events = await zone.api.list('listEvents', { resourceid: id, level: 'ERROR' });
    const alerts = await zone.api.list('listAlerts', {});
    return [...events, ...alerts].map(({ description }) => description).filter((words) => words?.includes('does not boot'));
  };
  one.host.boots(id, why);
  await shows(why);
  assert.equal((await shown(id)).state, 'Running');
  one.host.tell(one.host.report());
  one.host.boots(id, why);
  one.host.boots(id, `${why} Yes.`);
  await shows(`${why} Yes.`);
  const words = `stuck (${(await shown(id)).instancename}) runs and does not boot. ${why}`;
  assert.deepEqual(await told(), [words, words], 'an event and an alert');
  assert.equal((await zone.api.job('stopVirtualMachine', { id })).made.details?.bootProblem, undefined);
  one.host.guests.get(id)!.bootProblem = undefined;
  assert.equal((await zone.api.job('startVirtualMachine', { id })).made.details?.bootProblem, undefined);
  one.host.boots(id, why);
  await shows(why);
  assert.equal((await told()).length, 4);
  one.host.boots(id, undefined);
  await shows(undefined);
});

test('of ten deployments of one name at the same moment exactly one wins', async () => {
  const all = await Promise.all(
    Array.from({ length: 10 }, () => deploy({ name: 'wanted-by-all', startvm: false }).catch(String)),
  );
  assert.equal((await zone.api.list('listVirtualMachines', { name: 'wanted-by-all' })).length, 1, JSON.stringify(all));
});
