import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { createWorld, type World } from '../../../test/world.ts';
import { type Connection, connect } from './connection.ts';
import * as c from './constants.ts';
import type { Domain } from './domain.ts';
import { hasCode, isNotFound, isUnsupported, LibvirtError } from './error.ts';
import { procedures } from './procedures.ts';

const uuid = '1f4a2c6e-8a7e-4c59-9d4c-5d0f5a3b2c11';
const guest = `<domain type='qemu'>
  <name>whole</name><uuid>${uuid}</uuid><memory unit='MiB'>64</memory><vcpu current='1'>2</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/run/whole.img'/><target dev='vda' bus='virtio'/></disk>
    <interface type='ethernet'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
    <serial type='pty'/><memballoon model='virtio'/>
  </devices>
</domain>`;
const second = `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/run/second.img'/><target dev='vdb' bus='virtio'/></disk>`;

let world: World;
let connection: Connection;
let domain: Domain;
before(async () => {
  world = await createWorld({ libvirtd: true });
  for (const name of ['whole', 'second']) writeFileSync(world.path(`/run/${name}.img`), Buffer.alloc(1024 * 1024));
  connection = await connect({ uri: 'qemu:///system', socket: world.path('/run/libvirt/libvirt-sock') });
  domain = await connection.domains.define(guest, c.VIR_DOMAIN_DEFINE_VALIDATE);
  await domain.start();
});
after(async () => {
  await connection?.close();
  await world?.dispose();
});

describe('a running domain', () => {
  it('tells its state, memory and processors', async () => {
    assert.equal(domain.uuid, uuid);
    assert.equal((await domain.state()).state, c.VIR_DOMAIN_RUNNING);
    const { memory, nrVirtCpu } = await domain.info();
    assert.deepEqual([memory, nrVirtCpu], [65_536n, 1]);
    assert.equal((await domain.controlInfo()).state, c.VIR_DOMAIN_CONTROL_OK);
    assert.ok((await connection.domains.byName('whole')).id > 0);
  });

  it('tells what its disks, its NIC, its memory and its processors have done', async () => {
    assert.ok('rd_bytes' in (await domain.blockStats('vda')));
    assert.equal((await domain.blockInfo('vda')).capacity, 1_048_576n);
    const xml = await domain.xml();
    const nic = /<target dev='(vnet\d+)'\/>/.exec(xml)![1]!;
    assert.ok((await domain.interfaceStats(nic)).rx_bytes >= 0n);
    assert.equal((await domain.memoryStats()).get(c.VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON), 65_536n);
    assert.deepEqual(await domain.diskErrors(), []);
  });

  it('tells its statistics among those of all, by UUID', async () => {
    const [own] = await connection.domains.stats(c.VIR_DOMAIN_STATS_STATE | c.VIR_DOMAIN_STATS_BLOCK, { uuids: [uuid] });
    assert.equal(own?.domain.uuid, uuid);
    assert.equal(own?.stats['block.0.name'], 'vda');
    assert.equal(own?.stats['block.0.capacity'], 1_048_576n);
  });

  it('keeps metadata of ours, and drops it', async () => {
    const events = connection.domains.events(c.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, { uuid });
    await events.ready;
    const uri = 'urn:virtstack';
    await domain.setMetadata(c.VIR_DOMAIN_METADATA_ELEMENT, '<owner>me</owner>', { key: 'v', uri });
    assert.match(await domain.metadata(c.VIR_DOMAIN_METADATA_ELEMENT, uri), /<owner>me<\/owner>/);
    assert.equal((await events.next()).value?.nsuri, uri);
    await domain.setMetadata(c.VIR_DOMAIN_METADATA_ELEMENT, null, { uri });
    await assert.rejects(domain.metadata(c.VIR_DOMAIN_METADATA_ELEMENT, uri), isNotFound);
    await events.return?.();
  });

  it('is suspended and resumed, and the events say so', async () => {
    const events = connection.domains.events(c.VIR_DOMAIN_EVENT_ID_LIFECYCLE, { uuid });
    await events.ready;
    await domain.suspend();
    assert.deepEqual(await domain.state(), { state: c.VIR_DOMAIN_PAUSED, reason: c.VIR_DOMAIN_PAUSED_USER });
    await domain.resume();
    assert.equal((await events.next()).value?.event, c.VIR_DOMAIN_EVENT_SUSPENDED);
    assert.equal((await events.next()).value?.event, c.VIR_DOMAIN_EVENT_RESUMED);
    await events.return?.();
  });

  it('starts with its host, or does not', async () => {
    await domain.setAutostart(true);
    assert.equal(await domain.autostart(), true);
    await domain.setAutostart(false);
    assert.equal(await domain.autostart(), false);
  });

  it('takes a disk while it runs, and the event says which', async () => {
    const events = connection.domains.events(c.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, { uuid });
    await events.ready;
    await domain.attachDevice(second, c.VIR_DOMAIN_AFFECT_LIVE);
    assert.equal((await events.next()).value?.devAlias, 'virtio-disk1');
    assert.match(await domain.xml(), /second\.img/);
    await domain.resizeDisk('vdb', 2_097_152n);
    assert.equal((await domain.blockInfo('vdb')).capacity, 2_097_152n);
    await events.return?.();
  });

  it('changes what it will have at its next start', async () => {
    await domain.setVcpus(2, c.VIR_DOMAIN_AFFECT_CONFIG);
    assert.equal(await domain.vcpus(c.VIR_DOMAIN_AFFECT_CONFIG), 2);
    await domain.setMemory(32_768n, c.VIR_DOMAIN_AFFECT_CONFIG);
    assert.match(await domain.xml(c.VIR_DOMAIN_XML_INACTIVE), /<currentMemory unit='KiB'>32768</);
  });

  it('answers its monitor, and has no agent', async () => {
    assert.match(await domain.monitorCommand('{"execute":"query-status"}'), /"status":"running"/);
    await assert.rejects(domain.agentCommand('{"execute":"guest-ping"}'), isUnsupported);
  });

  it('has no job, and none to stop', async () => {
    assert.equal((await domain.jobInfo()).type, c.VIR_DOMAIN_JOB_NONE);
    assert.equal((await domain.jobStats()).type, c.VIR_DOMAIN_JOB_NONE);
    await assert.rejects(domain.abortJob(), (error) => hasCode(error, c.VIR_ERR_OPERATION_INVALID));
  });

  it('is saved by libvirt and resumes from there', async () => {
    await domain.managedSave();
    assert.equal(await domain.hasManagedSave(), true);
    assert.equal((await domain.state()).state, c.VIR_DOMAIN_SHUTOFF);
    await domain.start();
    assert.equal(await domain.hasManagedSave(), false);
    assert.equal((await domain.state()).state, c.VIR_DOMAIN_RUNNING);
  });

  it('is saved to a file and restored from it', async () => {
    await domain.save('/run/whole.save');
    assert.equal((await domain.state()).state, c.VIR_DOMAIN_SHUTOFF);
    await connection.domains.restore('/run/whole.save');
    assert.equal((await domain.state()).state, c.VIR_DOMAIN_RUNNING);
  });

  it('is not migrated to where nobody is, and says why', async () => {
    const flags = c.VIR_MIGRATE_PEER2PEER | c.VIR_MIGRATE_LIVE;
    const error = await domain.migrate('qemu+unix:///system?socket=/run/nobody', [], flags).then(
      () => assert.fail('it went'),
      (error) => error,
    );
    assert.ok(error instanceof LibvirtError && error.origin === 'server', String(error));
    assert.equal((await domain.state()).state, c.VIR_DOMAIN_RUNNING);
  });

  it('is stopped, renamed, and gone', async () => {
    await domain.destroy();
    await domain.rename('other');
    assert.equal((await connection.domains.byName('other')).uuid, uuid);
    await domain.undefine();
    await assert.rejects(connection.domains.lookup(uuid), isNotFound);
  });
});

describe('a host', () => {
  it('tells what it is and what it can', async () => {
    const { node } = connection;
    assert.match(await node.version(), /^\d+\.\d+\.\d+$/);
    assert.match(await node.hostname(), /./);
    assert.ok((await node.info()).memory > 0n);
    assert.ok((await node.freeMemory()) > 0n);
    assert.ok((await node.cellsFreeMemory()).length >= 1);
    assert.ok((await node.maxVcpus('qemu')) > 0);
    assert.match(await node.domainCapabilities({ virttype: 'qemu', arch: 'x86_64' }), /<domainCapabilities>/);
    assert.ok((await node.devices()).includes('computer'));
    assert.match(await node.deviceXml('computer'), /<device>/);
  });

  it('keeps a secret', async () => {
    const value = Buffer.from('key of a storage cluster');
    const secret = await connection.secrets.define(`<secret ephemeral='no' private='no'><description>x</description></secret>`);
    await secret.setValue(value);
    assert.deepEqual(Buffer.from(await secret.value()), value);
    assert.deepEqual(
      (await connection.secrets.list()).map(({ uuid }) => uuid),
      [secret.uuid],
    );
    assert.match(await secret.xml(), new RegExp(secret.uuid));
    await secret.undefine();
    await assert.rejects(connection.secrets.lookup(secret.uuid), isNotFound);
  });

  it('has networks, which start and stop', async () => {
    const network = await connection.networks.define(
      `<network><name>inner</name><bridge name='virbr9'/><ip address='10.99.0.1' netmask='255.255.255.0'><dhcp><range start='10.99.0.2' end='10.99.0.9'/></dhcp></ip></network>`,
    );
    await network.start();
    assert.deepEqual(await network.leases(), []);
    assert.match(await (await connection.networks.byName('inner')).xml(), /virbr9/);
    await network.destroy();
    await network.undefine();
    await assert.rejects(connection.networks.lookup(network.uuid), isNotFound);
  });

  it('has storage pools, which are built, used, and removed', async () => {
    const pool = await connection.storagePools.define(
      `<pool type='dir'><name>made</name><target><path>/run/made</path></target></pool>`,
    );
    await pool.build();
    await pool.start();
    await pool.refresh();
    assert.equal((await pool.info()).state, c.VIR_STORAGE_POOL_RUNNING);
    assert.match(await pool.xml(), /\/run\/made/);
    const original = await pool.createVolume('<volume><name>a</name><capacity>4096</capacity></volume>');
    const clone = await pool.cloneVolume('<volume><name>b</name><capacity>4096</capacity></volume>', original);
    assert.equal((await clone.info()).capacity, 4096n);
    await original.delete();
    await clone.delete();
    await pool.destroy();
    await pool.delete();
    await pool.undefine();
    assert.deepEqual(await connection.storagePools.list(), []);
  });

  it('answers any procedure of the table', async () => {
    const { supported } = await connection.call(procedures.CONNECT_SUPPORTS_FEATURE, { feature: 13 });
    assert.equal(supported, 1);
  });
});
