import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { ResponseOf } from '@virtstack/contract';
import { Cloud, eventually, type Machine, sh, virsh } from './cloud.ts';
import type { Console } from './console.ts';

type Volume = ResponseOf<'listVolumes'>;

describe('data volumes of guests that run', () => {
  const cloud = new Cloud();
  let one: Machine;
  let two: Machine;
  let volume: Volume;
  let offering: string;

  before(async () => {
    await cloud.up();
    offering = (await cloud.api.list('listDiskOfferings', { name: 'Custom' }))[0]!.id!;
  });
  after(() => cloud.end());

  const create = async (name: string, more: Record<string, string> = {}): Promise<Volume> => {
    const { zoneid } = await cloud.small();
    return (await cloud.api.job('createVolume', { name, zoneid: zoneid!, diskofferingid: offering, size: 1, ...more })) as Volume;
  };
  const shown = async (id: string): Promise<Volume> => (await cloud.api.list('listVolumes', { id }))[0]!;
  /** A machine in which root may log in on the console: a disk is root's. */
  const userdata = Buffer.from('#cloud-config\nchpasswd:\n  list:\n    - root:volumes\n').toString('base64');
  const deploy = (name: string, more: Record<string, boolean> = {}): Promise<Machine> =>
    cloud.deploy({ name, userdata, ...more });
  /** The shell of a guest that has just been started. */
  const shell = async (machine: Machine): Promise<Console> => {
    const console = await cloud.console(machine);
    await console.expect(/login:/, 120_000);
    console.type('root\n');
    await console.expect(/[Pp]assword:/);
    console.type('volumes\n');
    await console.expect(/[$#] /);
    return console;
  };
  /** Waits until the guest has so many disks of 1 GiB. */
  const sees = async (console: Console, count: number): Promise<void> => {
    const ask = async (): Promise<string> => {
      console.type('echo disks=$(grep -c " 1048576 [a-z]*$" /proc/partitions)\n');
      return console.expect(/disks=\d/);
    };
    await eventually(`${count} disks`, ask, (said) => said === `disks=${count}`);
  };

  it('attaches one that was not there before: the guest sees it at once, and what it writes stays', async () => {
    one = await deploy('one');
    volume = await create('data');
    assert.deepEqual([volume.state, volume.storageid], ['Allocated', undefined]);
    const console = await shell(one);
    await sees(console, 0);
    volume = (await cloud.api.job('attachVolume', { id: volume.id!, virtualmachineid: one.id! })) as Volume;
    assert.deepEqual([volume.state, volume.deviceid, volume.vmname], ['Ready', 1, 'one']);
    await sees(console, 1);
    console.type("D=/dev/$(awk '$3 == 1048576 { print $4 }' /proc/partitions)\n");
    console.type('echo kept-by-one >$D; sync; echo writ""ten\n');
    await console.expect(/written/);
    console.type('head -c 11 $D; echo\n');
    await console.expect(/kept-by-one/);
    console.close();
  });

  it('keeps it through a reboot, and through stop and start', async () => {
    await cloud.api.job('rebootVirtualMachine', { id: one.id! });
    await sees(await shell(one), 1);
    await cloud.api.job('stopVirtualMachine', { id: one.id! });
    assert.match(await virsh('domblklist', '--inactive', one.instancename!), new RegExp(volume.id!));
    await cloud.api.job('startVirtualMachine', { id: one.id! });
    await sees(await shell(one), 1);
  });

  it('detaches it when the guest has let go, and gives it to another that is down', async () => {
    two = await deploy('two', { startvm: false });
    const detached = (await cloud.api.job('detachVolume', { id: volume.id! })) as Volume;
    assert.deepEqual([detached.state, detached.virtualmachineid], ['Ready', undefined]);
    for (const scope of [[], ['--inactive']])
      assert.doesNotMatch(await virsh('domblklist', ...scope, one.instancename!), new RegExp(volume.id!));
    await cloud.api.job('attachVolume', { id: volume.id!, virtualmachineid: two.id! });
    two = (await cloud.api.job('startVirtualMachine', { id: two.id! })) as Machine;
    const console = await shell(two);
    await sees(console, 1);
    console.type("head -c 11 /dev/$(awk '$3 == 1048576 { print $4 }' /proc/partitions); echo\n");
    await console.expect(/kept-by-one/);
    console.close();
  });

  it('stays whole when its machine is expunged, and goes with its file when it is deleted', async () => {
    const { path } = await shown(volume.id!);
    await cloud.api.job('destroyVirtualMachine', { id: two.id!, expunge: true });
    assert.equal((await shown(volume.id!)).virtualmachineid, undefined);
    assert.ok(statSync(path!));
    await cloud.api.one('deleteVolume', { id: volume.id! });
    await eventually(
      'the end of the file',
      () => sh('find', path!).catch(() => ''),
      (found) => found === '',
    );
  });

  const victims = {
    'the server': () => cloud.pid('server/src/start.ts'),
    'the agent': () => cloud.pid('agent.mjs'),
    libvirtd: async () => Number((await sh('pgrep', '-x', 'libvirtd')).trim().split('\n')[0]),
  };
  for (const [victim, pid] of Object.entries(victims))
    it(`kill -9 of ${victim} in the midst leaves a volume that is attached or free, as the API says and as virsh does`, async () => {
      const { id } = await create(`survives-${victim.replace(' ', '-')}`);
      for (const command of ['attachVolume', 'detachVolume'] as const) {
        const params = command === 'attachVolume' ? { id: id!, virtualmachineid: one.id! } : { id: id! };
        const { jobid } = (await cloud.api.call(command, params)) as { jobid: string };
        process.kill(await pid(), 'SIGKILL');
        const job = await eventually(
          `the end of ${command}`,
          () => cloud.api.call('queryAsyncJobResult', { jobid }).catch(() => undefined),
          (found) => found !== undefined && found.jobstatus !== 0,
          120_000,
        );
        // Killed between two words to the guest's QEMU, libvirtd may not know what the guest has: then a new start of the guest is asked for.
        if (victim === 'libvirtd' && /Stop the guest/.test(JSON.stringify(job!.jobresult))) {
          await cloud.api.job('stopVirtualMachine', { id: one.id!, forced: true });
          await cloud.api.job('startVirtualMachine', { id: one.id! });
          await cloud.api.job(command, params);
        } else assert.equal(job!.jobstatus, 1, JSON.stringify(job));
        const seen = () => virsh('domblklist', one.instancename!).then((text) => text.includes(id!));
        const is = await eventually(
          'libvirtd',
          () => seen().catch(() => undefined),
          (found) => found !== undefined,
        );
        assert.equal(is, command === 'attachVolume');
        assert.equal((await shown(id!)).virtualmachineid, is ? one.id : undefined);
      }
      await cloud.api.one('deleteVolume', { id: id! });
    });

  it('leaves nothing behind', async () => {
    await cloud.api.job('destroyVirtualMachine', { id: one.id!, expunge: true });
    assert.deepEqual(await cloud.api.list('listVolumes', { listall: true }), []);
    await eventually(
      'no file',
      () => sh('find', `${cloud.dataDir}/primary/volumes`, '-type', 'f'),
      (found) => found.trim() === '',
    );
  });
});
