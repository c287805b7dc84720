import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { AnySaga } from '../jobs/run-job.ts';
import { attachVolume, createAndAttachVolume } from './attach-volume.ts';
import { changeVolume } from './change-volume.ts';
import { deleteNetwork } from './delete-network.ts';
import { deleteTemplate } from './delete-template.ts';
import { deleteVolume } from './delete-volume.ts';
import { deployVirtualMachine, recordVirtualMachine } from './deploy-virtual-machine.ts';
import { destroyAndExpunge, destroyVirtualMachine } from './destroy-virtual-machine.ts';
import { detachVolume } from './detach-volume.ts';
import { downloadTemplate } from './download-template.ts';
import { expungeVirtualMachine } from './expunge-virtual-machine.ts';
import { rebootVirtualMachine } from './reboot-virtual-machine.ts';
import { releasePool } from './release-pool.ts';
import { startVirtualMachine } from './start-virtual-machine.ts';
import { stopVirtualMachine } from './stop-virtual-machine.ts';
import { testSaga } from './testing/test-saga.ts';
import { until } from './testing/until.ts';
import { type TestHost, type TestZone, withZone } from './testing/zone.ts';

let zone: TestZone;
let one: TestHost;
let names = 0;
const tested = new Set<string>();
before(async () => {
  zone = await withZone();
  one = await zone.addHost({ memoryBytes: 64 * 2 ** 30, cpus: 64 });
});

/** A machine that the API made, in the state named. */
async function machine(state: 'recorded' | 'Stopped' | 'Running' | 'Destroyed') {
  const { api } = zone;
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, name: `m${++names}` };
  const { made, errortext } = await api.job('deployVirtualMachine', { ...base, startvm: state !== 'recorded' });
  assert.equal(errortext, undefined);
  const id = made.id!;
  if (state === 'Stopped') await api.job('stopVirtualMachine', { id });
  if (state === 'Destroyed') await api.job('destroyVirtualMachine', { id });
  return { cloud: zone.server.cloud, state: { machineId: id, forced: false, only: {} } };
}
type World = Awaited<ReturnType<typeof machine>>;

/** All that a machine has, without what differs from one machine to the next. */
async function everythingOf({ cloud: { db }, state: { machineId } }: World, andState = true) {
  const vm = await db.selectFrom('virtual_machine').selectAll().where('id', '=', machineId).executeTakeFirstOrThrow();
  const nics = await db
    .selectFrom('nic')
    .select('mac')
    .where('virtual_machine_id', '=', machineId)
    .where('removed', 'is', null)
    .execute();
  const volumes = await db
    .selectFrom('volume')
    .selectAll()
    .where('virtual_machine_id', '=', machineId)
    .where('removed', 'is', null)
    .execute();
  const leases = one.host.networks.get(zone.networkId)?.leases ?? [];
  return {
    vm: { ...(andState && { state: vm.state }), host: vm.host_id !== null, removed: vm.removed !== null },
    nics: nics.length,
    volumes: volumes.map((v) => ({
      state: v.state,
      pool: v.storage_pool_id !== null,
      file: v.path !== null,
      onHost: one.host.volumes.has(v.id),
    })),
    guest: one.host.guests.get(machineId)?.state ?? 'absent',
    leases: leases.filter((l) => l.hostname === vm.name).length,
    leftovers: (await db.selectFrom('leftover').select('id').execute()).length,
  };
}
const leaves = { vm: { host: false, removed: false }, nics: 0, volumes: [], guest: 'absent', leases: 0, leftovers: 0 };
const mentions = (saga: AnySaga): void => void tested.add(saga.name);

test('a deployment that fails at any step leaves a machine in Error that holds nothing', async () => {
  mentions(deployVirtualMachine);
  await testSaga(deployVirtualMachine, {
    setup: () => machine('recorded'),
    snapshot: (world) => everythingOf(world, false),
    leaves,
  });
});

test('a start that fails at any step leaves the machine Stopped, as it was', async () => {
  mentions(startVirtualMachine);
  await testSaga(startVirtualMachine, { setup: () => machine('recorded'), snapshot: everythingButLeases });
  await testSaga(startVirtualMachine, {
    setup: () => machine('Stopped'),
    snapshot: async (world) => {
      const all = await everythingButLeases(world);
      // Its definition on the host may go or stay: the next start makes it anew.
      return { ...all, guest: all.guest === 'absent' ? 'shutoff' : all.guest };
    },
  });
});
/** Leases stay with the addresses, whether a host has heard of them yet or not. */
const everythingButLeases = async (world: World) => ({ ...(await everythingOf(world)), leases: 0 });

test('a stop that fails at any step ends as the host says', async () => {
  mentions(stopVirtualMachine);
  await testSaga(stopVirtualMachine, { setup: () => machine('Running'), snapshot: agreed });
});

test('a destruction that fails at any step ends as the host says', async () => {
  mentions(destroyVirtualMachine);
  await testSaga(destroyVirtualMachine, { setup: () => machine('Running'), snapshot: agreed, forward: true });
});

/** The host's word first: what it says of a guest that is down is then shown. */
async function agreed(world: World) {
  one.host.tell(one.host.report());
  return until(async () => {
    const all = await everythingOf(world);
    const agree = (all.vm.state === 'Running') === (all.guest === 'running');
    return agree && { ...all, vm: { removed: all.vm.removed, agree }, guest: '' };
  }, 'agreement with the host');
}

test('a reboot that fails leaves the machine Running', async () => {
  mentions(rebootVirtualMachine);
  await testSaga(rebootVirtualMachine, { setup: () => machine('Running'), snapshot: everythingOf });
});

test('an expunging that fails at any step goes on when it is asked for again', async () => {
  mentions(expungeVirtualMachine);
  await testSaga(expungeVirtualMachine, { setup: () => machine('Destroyed'), snapshot: everythingOf, forward: true });
  mentions(destroyAndExpunge);
  await testSaga(destroyAndExpunge, { setup: () => machine('Running'), snapshot: everythingOf, forward: true });
});

test('a machine that is only recorded is given back when that fails', async () => {
  mentions(recordVirtualMachine);
  await testSaga(recordVirtualMachine, {
    setup: () => machine('recorded'),
    snapshot: (world) => everythingOf(world, false),
    leaves,
  });
});

async function template() {
  const { api } = zone;
  const image = { url: 'https://images.example/x.qcow2', format: 'QCOW2', hypervisor: 'KVM', zoneid: zone.zoneId };
  const [made] = await api.list('registerTemplate', { name: `t${++names}`, ...image });
  const id = made!.id!;
  await until(async () => (await api.list('listTemplates', { templatefilter: 'all', id }))[0]!.isready, 'the template');
  const { db } = zone.server.cloud;
  const { image_store_id } = await db
    .selectFrom('template_store')
    .select('image_store_id')
    .where('template_id', '=', id)
    .executeTakeFirstOrThrow();
  return { cloud: zone.server.cloud, state: { templateId: id, imageStoreId: image_store_id } };
}

test('a download that fails leaves no image, and says why', async () => {
  mentions(downloadTemplate);
  const setup = async () => {
    const world = await template();
    zone.store.images.delete(world.state.templateId);
    return world;
  };
  await testSaga(downloadTemplate, { setup, snapshot: async ({ state }) => zone.store.images.has(state.templateId) });
});

test('a deletion of a template that fails goes on when it is asked for again', async () => {
  mentions(deleteTemplate);
  await testSaga(deleteTemplate, {
    setup: template,
    snapshot: async ({ cloud: { db }, state: { templateId } }) => ({
      removed:
        (await db.selectFrom('template').select('removed').where('id', '=', templateId).executeTakeFirst())?.removed !== null,
      inStore: zone.store.images.has(templateId),
    }),
    forward: true,
  });
});

test('a deletion of a network that fails goes on when it is asked for again', async () => {
  mentions(deleteNetwork);
  const setup = async () => {
    const { db } = zone.server.cloud;
    const row = await db.selectFrom('network').selectAll().where('id', '=', zone.networkId).executeTakeFirstOrThrow();
    const id = crypto.randomUUID();
    await db
      .insertInto('network')
      .values({ ...row, id, name: id })
      .execute();
    one.host.networks.set(id, one.host.networks.get(zone.networkId)!);
    return { cloud: zone.server.cloud, state: { networkId: id } };
  };
  await testSaga(deleteNetwork, {
    setup,
    snapshot: async ({ cloud: { db }, state: { networkId } }) => ({
      removed:
        (await db.selectFrom('network').select('removed').where('id', '=', networkId).executeTakeFirst())?.removed !== null,
      onHost: one.host.networks.has(networkId),
    }),
    forward: true,
  });
});

/** A data volume of the offering Small. */
async function volume() {
  const { api, zoneId } = zone;
  const [offering] = await api.list('listDiskOfferings', { name: 'Small' });
  const { made } = await api.job('createVolume', { name: `v${++names}`, zoneid: zoneId, diskofferingid: offering!.id! });
  return made.id!;
}

/** A machine, and a volume as the command leaves it when the job begins. `has`: what is on its file must not be lost. */
async function attachment(state: 'recorded' | 'Stopped' | 'Running', has: 'no file' | 'a file') {
  const { cloud, state: of } = await machine(state);
  const volumeId = await volume();
  const { api } = zone;
  if (has === 'a file') {
    const other = await machine('Running');
    await api.job('attachVolume', { id: volumeId, virtualmachineid: other.state.machineId });
    await api.job('detachVolume', { id: volumeId });
  }
  await cloud.db
    .updateTable('volume')
    .set({ virtual_machine_id: of.machineId, device_id: 1, state: 'Attaching' })
    .where('id', '=', volumeId)
    .execute();
  return { cloud, state: { machineId: of.machineId, volumeId, slot: 1 } };
}

async function volumeAndDisk({
  cloud: { db },
  state,
}: {
  cloud: World['cloud'];
  state: { machineId: string; volumeId: string };
}) {
  const row = await db.selectFrom('volume').selectAll().where('id', '=', state.volumeId).executeTakeFirstOrThrow();
  const disks = [...(one.host.disks.get(state.machineId) ?? [])];
  return {
    row: { state: row.state, slot: row.device_id, attached: row.attached !== null, removed: row.removed !== null },
    machine: row.virtual_machine_id === null ? 'none' : row.virtual_machine_id === state.machineId ? 'its own' : 'another',
    pool: row.storage_pool_id !== null,
    file: row.path !== null,
    onHost: one.host.volumes.has(state.volumeId),
    hypervisor: row.hypervisor,
    inGuest: disks.some((path) => path.includes(state.volumeId)),
    leftovers: (await db.selectFrom('leftover').select('id').execute()).length,
  };
}
const free = { slot: null, attached: false, removed: false };
const nowhere = { machine: 'none', pool: false, file: false, onHost: false, hypervisor: null, inGuest: false, leftovers: 0 };

test('an attachment that fails at any step leaves the volume as free as it was, and no file that was not there', async () => {
  mentions(attachVolume);
  for (const state of ['recorded', 'Stopped', 'Running'] as const)
    await testSaga(attachVolume, {
      setup: () => attachment(state, 'no file'),
      snapshot: volumeAndDisk,
      leaves: { row: { ...free, state: 'Allocated' }, ...nowhere },
    });
  await testSaga(attachVolume, {
    setup: () => attachment('Running', 'a file'),
    snapshot: volumeAndDisk,
    leaves: { row: { ...free, state: 'Ready' }, ...nowhere, pool: true, file: true, onHost: true, hypervisor: 'KVM' },
  });
});

test('a volume that is made for a machine goes when it cannot be attached', async () => {
  mentions(createAndAttachVolume);
  await testSaga(createAndAttachVolume, {
    setup: () => attachment('Running', 'no file'),
    snapshot: volumeAndDisk,
    leaves: { row: { ...free, removed: true, state: 'Expunged' }, ...nowhere },
  });
});

test('a detachment that fails at any step leaves the volume attached', async () => {
  mentions(detachVolume);
  for (const state of ['Running', 'Stopped'] as const)
    await testSaga(detachVolume, {
      setup: async () => {
        const { cloud, state: of } = await machine(state);
        const volumeId = await volume();
        await zone.api.job('attachVolume', { id: volumeId, virtualmachineid: of.machineId });
        return { cloud, state: { machineId: of.machineId, volumeId, slot: 1, attached: new Date().toISOString() } };
      },
      snapshot: volumeAndDisk,
    });
});

test('a deletion of a volume that fails goes on when it is asked for again; a change needs no more than its row', async () => {
  mentions(deleteVolume);
  mentions(changeVolume);
  const setup = async () => {
    const { cloud, state } = await attachment('Running', 'a file');
    await cloud.db
      .updateTable('volume')
      .set({ removed: new Date(), virtual_machine_id: null })
      .where('id', '=', state.volumeId)
      .execute();
    return { cloud, state };
  };
  await testSaga(deleteVolume, { setup, snapshot: async ({ state }) => one.host.volumes.has(state.volumeId), forward: true });
  await testSaga(changeVolume, { setup, snapshot: volumeAndDisk });
});

test('a release of a pool that fails goes on when it is asked for again', async () => {
  mentions(releasePool);
  const { db } = zone.server.cloud;
  const setup = async () => {
    const place = { zoneid: zone.zoneId, clusterid: zone.clusterId, name: `nfs${++names}`, url: `nfs://10.0.0.1/${names}` };
    const { id } = await zone.api.one('createStoragePool', place);
    await db.updateTable('storage_pool').set({ removed: new Date() }).where('id', '=', id!).execute();
    return { cloud: zone.server.cloud, state: { poolId: id! } };
  };
  await testSaga(releasePool, {
    setup,
    snapshot: async ({ state: { poolId } }) => ({
      mounted: [...one.host.mounts.keys()].some((path) => path.includes(poolId)),
      said: (await db.selectFrom('pool_host').select('host_id').where('storage_pool_id', '=', poolId).execute()).length,
    }),
    forward: true,
  });
});

test('every saga of a machine, a volume, a template or a network is tested here', async () => {
  const { sagas } = await import('./sagas.ts');
  const { physicalNetworkSagas } = await import('../network/physical-network-sagas.ts');
  const { projectSagas } = await import('./project-sagas.ts');
  const { identitySagas } = await import('./identity-sagas.ts');
  const { hostSagas } = await import('./host-sagas.ts');
  const { importInstance } = await import('./import-instance.ts');
  const { migrateVirtualMachine } = await import('./migrate-virtual-machine.ts');
  const { unmanageVirtualMachine } = await import('./unmanage-virtual-machine.ts');
  const adoption = [importInstance, unmanageVirtualMachine];
  const others = [...physicalNetworkSagas, ...projectSagas, ...identitySagas, ...hostSagas, migrateVirtualMachine, ...adoption];
  const elsewhere: readonly string[] = others.map((s) => s.name);
  const missing = sagas.map((s) => s.name).filter((name) => !tested.has(name) && !elsewhere.includes(name));
  assert.deepEqual(missing, []);
});
