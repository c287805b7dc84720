import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue, profileLabelled } from '@virtstack/hypervisor/catalogue.ts';
import { type LabHost, reachOf } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { shared } from '../../lab/shared.ts';
import { onHost } from '../../lab/ssh.ts';
import type { LabCloud } from '../../packages/cli/src/lab/cloud.ts';
import { eventually, type Machine } from '../cloud/cloud.ts';
import { type CloudOnLab, cloudOnLab, roamingOffering } from './lab-cloud.ts';

let on: CloudOnLab | undefined;
let lab: Lab;
let cloud: LabCloud;
let server: LabHost;
let offering: string;

before(async () => {
  on = await cloudOnLab();
  ({ lab, cloud } = on);
  server = lab.hosts[0]!;
  offering = await roamingOffering(cloud);
});
after(() => on?.end());

const run = (host: LabHost, line: string): Promise<string> => onHost(reachOf(lab, host), line);

describe('primary storage over NFS, on every kind of host', { concurrency: 1 }, () => {
  for (const { label } of catalogue) describe(`on ${label}`, { concurrency: 1 }, () => story(label));
});

function story(label: string): void {
  const host = (): LabHost => lab.hosts.find((each) => each.label === label)!;
  const virsh = (words: string): Promise<string> => run(host(), `virsh -q -c ${profileLabelled(label)!.uri} ${words}`);
  const url = (): string => `nfs://${server.address}${shared}/${label}`;
  const pools = async () =>
    (await cloud.api.list('listStoragePools', { zoneid: cloud.zone.id })).filter(({ type }) => type === 'NetworkFilesystem');
  const job = async (command: 'stopVirtualMachine' | 'startVirtualMachine') =>
    ((await cloud.api.job(command, { id: machine.id! })) as Machine).state;
  const create = async () => {
    const [cluster] = await cloud.api.list('listClusters', { zoneid: cloud.zone.id, hypervisor: label });
    const place = { zoneid: cloud.zone.id, podid: cloud.zone.pod, clusterid: cluster!.id! };
    return cloud.api.one('createStoragePool', { ...place, name: `nfs-${label}`, url: url(), scope: 'CLUSTER' });
  };
  const deploy = async () => {
    const [template] = await cloud.api.list('listTemplates', { templatefilter: 'featured', hypervisor: label });
    const what = {
      name: `nfs-${label}`.toLowerCase(),
      serviceofferingid: offering,
      templateid: template!.id!,
      zoneid: cloud.zone.id,
    };
    return (await cloud.api.job('deployVirtualMachine', what)) as Machine;
  };
  let pool: string;
  let mount: string;
  let machine: Machine;

  it('an export that is not there is refused in mount’s own words', async () => {
    await run(server, `rm -rf ${shared}/${label}`);
    await assert.rejects(create(), /cannot be mounted: .*No such file or directory.* exports no such path/);
    assert.doesNotMatch(await run(host(), 'cat /proc/mounts'), /virtstack\/mnt/);
  });

  it('an export is mounted before the answer, hard and with the locks of 4.2', async () => {
    await run(server, `mkdir -p ${shared}/${label}`);
    const made = await create();
    pool = made.id!;
    mount = `/var/lib/virtstack/mnt/${pool}`;
    assert.deepEqual([made.state, made.path, made.ipaddress], ['Up', `${shared}/${label}`, server.address]);
    assert.ok(made.disksizetotal! > 1e9);
    const line = (await run(host(), 'cat /proc/mounts')).split('\n').find((each) => each.includes(pool));
    assert.match(line ?? '', /nfs4 .*vers=4\.2.*hard/);
  });

  it('a machine is deployed on it, stops and starts', async () => {
    machine = await deploy();
    const volumes = await cloud.api.list('listVolumes', { virtualmachineid: machine.id! });
    assert.equal(volumes[0]!.storageid, pool);
    assert.match(await virsh(`domblklist ${machine.instancename}`), new RegExp(`${mount}/volumes/${volumes[0]!.id}`));
    assert.equal(await job('stopVirtualMachine'), 'Stopped');
    assert.equal(await job('startVirtualMachine'), 'Running');
    assert.equal(await job('stopVirtualMachine'), 'Stopped');
  });

  it('an agent that is started anew has it', async () => {
    await run(host(), 'systemctl restart virtstack-agent');
    await eventually(
      'the host',
      async () => (await cloud.api.list('listHosts', { name: host().name }))[0]?.state,
      (state) => state === 'Up',
    );
    assert.equal(await job('startVirtualMachine'), 'Running');
    assert.equal(await job('stopVirtualMachine'), 'Stopped');
  });

  it('a server that does not answer is told, no guest is put on it, and the agent goes on; when it is back, so is the pool', async () => {
    const state = async () => (await pools()).find(({ id }) => id === pool)?.state;
    await run(
      host(),
      'nft add table inet cut; nft add chain inet cut out "{ type filter hook output priority 0; }"; nft add rule inet cut out tcp dport 2049 drop',
    );
    try {
      await eventually('the loss', state, (seen) => seen === 'Alert', 120_000);
      await assert.rejects(
        cloud.api.job('startVirtualMachine', { id: machine.id! }),
        /has lost the pool nfs-.* \(.*does not answer/,
      );
      assert.equal((await cloud.api.list('listHosts', { name: host().name }))[0]?.state, 'Up');
    } finally {
      await run(host(), 'nft delete table inet cut');
    }
    await eventually('the pool', state, (seen) => seen === 'Up', 300_000);
    assert.equal(await job('startVirtualMachine'), 'Running');
  });

  it('nothing is left of a machine that is expunged, and nothing mounted of a pool that is deleted', async () => {
    await assert.rejects(cloud.api.call('deleteStoragePool', { id: pool }), /still has 1 volume/);
    await cloud.api.job('destroyVirtualMachine', { id: machine.id!, expunge: true });
    assert.equal(await run(host(), `ls ${mount}/volumes`), '');
    await cloud.api.call('deleteStoragePool', { id: pool });
    await eventually(
      'the mount',
      () => run(host(), 'cat /proc/mounts'),
      (mounts) => !mounts.includes(pool),
    );
    await assert.rejects(run(host(), `ls ${mount}`));
  });
}
