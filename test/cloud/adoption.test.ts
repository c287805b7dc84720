import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Cloud, eventually, sh, virsh } from './cloud.ts';
import { makeOldDomains, type Seen, seen, unmarked } from './old-domains.ts';

/** The corpus of those who have virtual machines already: all of them are taken in and given back. */
const many = 30;
const directory = '/var/lib/old-machines';
const host = { virsh, sh };

describe(`${many} domains that were there before the cloud`, () => {
  const cloud = new Cloud();
  let names: readonly string[];
  let neighbours: readonly string[];
  const before30 = new Map<string, Seen>();
  const ids = new Map<string, string>();
  let clusterid: string;
  let serviceofferingid: string;

  const unmanaged = async (): Promise<readonly string[]> =>
    (await cloud.api.list('listUnmanagedInstances', { clusterid })).map(({ name }) => name!).toSorted();
  const imported = async () =>
    (await cloud.api.list('listVirtualMachines', { listall: true, pagesize: 100 })).filter(({ name }) => name !== 'own');
  const look = (name: string): Promise<Seen> => seen(host, name);

  before(async () => {
    await cloud.up();
    // Its network makes the bridge on which the others are too.
    await cloud.deploy({ name: 'own' });
    const [found] = await cloud.api.list('listHosts', { type: 'Routing' });
    clusterid = found!.clusterid!;
    const place = { zoneid: found!.zoneid!, podid: found!.podid!, clusterid, scope: 'HOST', 'details[0].hostid': found!.id! };
    const [network] = await cloud.api.list('listTrafficTypes', {
      physicalnetworkid: (await cloud.api.list('listPhysicalNetworks'))[0]!.id!,
    });
    const bridge = network!.kvmnetworklabel!;
    const domainType = (await virsh('capabilities')).includes("<domain type='kvm'/>") ? 'kvm' : 'qemu';
    names = await makeOldDomains(host, { directory, bridge, domainType }, many, 'old');
    neighbours = await makeOldDomains(host, { directory: '/var/lib/neighbours', bridge, domainType }, 3, 'neighbour');
    for (const name of [...names, ...neighbours]) before30.set(name, await look(name));
    await cloud.api.one('createStoragePool', { ...place, name: 'old', url: `file://${directory}` });
    // So many machines fit the host by what they are promised, too.
    const size = { cpunumber: 1, cpuspeed: 20, memory: 32 };
    serviceofferingid = (await cloud.api.one('createServiceOffering', { name: 'Old', displaytext: 'Old', ...size })).id!;
  });
  after(() => cloud.end());

  it('are shown, and nothing of them is touched', async () => {
    assert.deepEqual(await unmanaged(), [...names, ...neighbours].toSorted());
    for (const name of names) assert.deepEqual(await look(name), before30.get(name));
  });

  it('become machines: each runs on in the same run, and but for the mark not a line of a document is another', async () => {
    for (const name of names) {
      const made = await cloud.api.job('importUnmanagedInstance', { clusterid, name, serviceofferingid, forced: true });
      ids.set(name, String(made.id));
    }
    for (const name of names) assert.deepEqual(unmarked(await look(name)), before30.get(name), name);
    assert.deepEqual(await unmanaged(), [...neighbours].toSorted());
    const shown = await imported();
    for (const { instancename, state } of shown)
      assert.equal(state, before30.get(instancename!)!.state === 'shut off' ? 'Stopped' : 'Running', instancename!);
    assert.equal(shown.length, many);
  });

  it('are stopped and started by the cloud from the definitions that they had', async () => {
    for (const name of names.slice(-2)) {
      const id = ids.get(name)!;
      if (before30.get(name)!.state !== 'shut off') await cloud.api.job('stopVirtualMachine', { id, forced: true });
      await cloud.api.job('startVirtualMachine', { id });
      const now = unmarked(await look(name));
      assert.deepEqual([now.state, now.defined], ['running', before30.get(name)!.defined]);
      before30.set(name, now);
    }
  });

  it('are given back as they were, with their files, and the cloud has nothing left of them', async () => {
    const files = readdirSync(directory);
    for (const name of names) await cloud.api.job('unmanageVirtualMachine', { id: ids.get(name)! });
    for (const name of names) {
      const now = await look(name);
      assert.equal(now.defined, before30.get(name)!.defined, name);
      assert.deepEqual(unmarked(now), before30.get(name), name);
    }
    assert.deepEqual(readdirSync(directory), files);
    assert.deepEqual(await imported(), []);
    assert.equal((await cloud.api.list('listVolumes', { listall: true })).length, 1);
    assert.deepEqual(await unmanaged(), [...names, ...neighbours].toSorted());
  });

  it('had neighbours, which were never touched, also where virsh ended and started them', async () => {
    for (const name of neighbours) assert.deepEqual(await look(name), before30.get(name));
    await virsh('destroy', neighbours[0]!);
    await virsh('start', neighbours[0]!);
    const now = await look(neighbours[0]!);
    await cloud.virtstack('down');
    await cloud.up();
    await eventually(
      'the agent is back',
      () => cloud.api.list('listHosts', { type: 'Routing' }),
      (hosts) => hosts[0]?.state === 'Up',
    );
    assert.deepEqual(await look(neighbours[0]!), now);
    assert.ok(!(await virsh('dumpxml', neighbours[0]!)).includes('virtstack:guest'));
  });
});
