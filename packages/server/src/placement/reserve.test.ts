import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withZone } from '../orchestration/testing/zone.ts';

/** Room for ten machines of 512 MiB: 85 % of it may be promised. */
const roomForTen = { memoryBytes: Math.ceil((10.5 * 512 * 2 ** 20) / 0.85), cpus: 64 };

test('of fifty machines deployed at once onto room for ten exactly ten get a place, the others are told the numbers', async () => {
  const zone = await withZone();
  await zone.addHost(roomForTen);
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId };
  const jobs = await Promise.all(
    Array.from({ length: 50 }, (_, n) => zone.api.job('deployVirtualMachine', { ...base, name: `m${n}` })),
  );
  assert.equal(jobs.filter(({ status }) => status === 1).length, 10);
  const refused = jobs.filter(({ status }) => status === 2);
  assert.equal(refused.length, 40);
  for (const { errorcode, errortext } of refused) {
    assert.equal(errorcode, 533);
    assert.match(
      errortext!,
      /needs 1 × 500 MHz of CPU and 512 MiB of memory on a KVM host; host host-\w+ has 256 MiB of memory to give, 512 MiB needed/,
    );
  }
  const running = await zone.api.list('listVirtualMachines', { state: 'Running' });
  assert.equal(new Set(running.map((vm) => vm.ipaddress)).size, 10);
});

test('machines go where there is most room, and back to where they ran', async () => {
  const zone = await withZone();
  const small = await zone.addHost({ memoryBytes: 4 * 2 ** 30 });
  const large = await zone.addHost({ memoryBytes: 32 * 2 ** 30 });
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId };
  const first = await zone.api.job('deployVirtualMachine', { ...base, name: 'first' });
  assert.equal(first.made.hostid, large.id);
  const chosen = await zone.api.job('deployVirtualMachine', { ...base, name: 'chosen', hostid: small.id });
  assert.equal(chosen.made.hostid, small.id);
  const id = chosen.made.id!;
  await zone.api.job('stopVirtualMachine', { id });
  assert.equal((await zone.api.job('startVirtualMachine', { id })).made.hostid, small.id);
});

test('a host that is disabled, lacks a tag or a mode is passed over, and the refusal says why', async () => {
  const zone = await withZone();
  const one = await zone.addHost();
  const base = { zoneid: zone.zoneId, templateid: zone.templateId };
  const refusal = async (values: Record<string, string>) =>
    (await zone.api.job('deployVirtualMachine', { ...base, ...values })).errortext!;
  const size = { cpunumber: 1, cpuspeed: 100, memory: 128, storagetype: 'local' };
  const tagged = await zone.api.one('createServiceOffering', { name: 'tagged', displaytext: 'tagged', ...size, hosttags: 'ssd' });
  assert.match(await refusal({ name: 'a', serviceofferingid: tagged.id! }), /lacks the tag ssd/);
  const pv = { name: 'b', serviceofferingid: zone.offeringId, 'details[0].virtualizationMode': 'pv' };
  assert.match(await refusal(pv), /b is to run in mode pv, which no KVM host of the zone offers; they offer hvm\./);
  await zone.api.one('updateHost', { id: one.id, hosttags: 'ssd', allocationstate: 'Disable' });
  assert.match(await refusal({ name: 'c', serviceofferingid: tagged.id! }), /is Disabled/);
  await zone.api.one('updateHost', { id: one.id, allocationstate: 'Enable' });
  const job = await zone.api.job('deployVirtualMachine', { ...base, name: 'd', serviceofferingid: tagged.id! });
  assert.equal(job.made.hostid, one.id);
});

test('memory may be promised more often than it is there, where the setting says so', async () => {
  const zone = await withZone();
  await zone.addHost({ memoryBytes: 512 * 2 ** 20 });
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId };
  assert.equal((await zone.api.job('deployVirtualMachine', { ...base, name: 'a' })).status, 2);
  await zone.api.one('updateConfiguration', { name: 'mem.overprovisioning.factor', value: '2' });
  assert.equal((await zone.api.job('deployVirtualMachine', { ...base, name: 'b' })).status, 1);
});
