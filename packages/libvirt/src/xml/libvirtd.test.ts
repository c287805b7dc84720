import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWorld, type World } from '../../../../test/world.ts';
import { capabilities, domainCapabilities } from './capabilities.ts';
import { parse } from './declare.ts';
import { domain } from './domain.ts';
import { network } from './network.ts';
import { storagePool, storageVolume } from './storage.ts';

// What a real libvirtd says, in a world of its own (needs root).

let world: World;
before(async () => {
  world = await createWorld({ libvirtd: true });
});
after(() => world.dispose());

async function said(uri: string, ...command: string[]): Promise<string> {
  const { code, stdout, stderr } = await world.run(['virsh', '--quiet', '--connect', uri, ...command]);
  assert.equal(code, 0, stderr);
  return stdout;
}

test('the QEMU driver tells of its host and of what its guests can have', async () => {
  const { host, guests } = parse(capabilities, await said('qemu:///system', 'capabilities'));
  assert.equal(host?.cpu?.arch, process.arch === 'x64' ? 'x86_64' : 'aarch64');
  assert.ok(host?.cpu?.topology);
  const native = guests?.find(({ arch }) => arch?.name === host?.cpu?.arch);
  assert.ok(native?.arch?.machines?.some(({ name, canonical }) => name === 'q35' && canonical?.startsWith('pc-q35-')));
  assert.ok(native?.arch?.domainTypes?.some(({ type }) => type === 'qemu'));
  const offered = parse(domainCapabilities, await said('qemu:///system', 'domcapabilities', '--virttype', 'qemu'));
  const buses = offered.devices?.disk?.enums?.find(({ name }) => name === 'bus')?.values?.map(({ text }) => text);
  assert.ok(buses?.includes('virtio'));
  assert.equal(offered.domainType, 'qemu');
});

test("the test driver's domain, pool, volume and network are read", async () => {
  const uri = 'test:///default';
  const running = parse(domain, await said(uri, 'dumpxml', 'test'));
  assert.deepEqual([running.type, running.id, running.memoryKiB, running.vcpu?.count], ['test', 1, 8_388_608, 2]);
  const pool = parse(storagePool, await said(uri, 'pool-dumpxml', 'default-pool'));
  assert.deepEqual([pool.type, pool.target?.path, pool.capacityBytes], ['dir', '/default-pool', 100 * 2 ** 30]);
  const made = `vol-create-as default-pool a.qcow2 1G --format qcow2; vol-dumpxml a.qcow2 --pool default-pool`;
  const text = await said(uri, made);
  const volume = parse(storageVolume, text.slice(text.indexOf('<volume')));
  assert.deepEqual([volume.name, volume.capacityBytes, volume.target?.format?.type], ['a.qcow2', 2 ** 30, 'qcow2']);
  assert.equal(parse(network, await said(uri, 'net-dumpxml', 'default')).bridge?.name, 'virbr0');
});
