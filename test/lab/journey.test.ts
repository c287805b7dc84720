import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue, profileLabelled } from '@virtstack/hypervisor/catalogue.ts';
import { type LabHost, reachOf } from '../../lab/host.ts';
import { releases } from '../../lab/image.ts';
import { kinds } from '../../lab/kinds.ts';
import type { Lab } from '../../lab/lab.ts';
import { onHost } from '../../lab/ssh.ts';
import type { LabCloud } from '../../packages/cli/src/lab/cloud.ts';
import { ensureTemplate } from '../../packages/cli/src/template.ts';
import { makeTiny } from '../../packages/cli/src/tiny.ts';
import { eventually, type Machine } from '../cloud/cloud.ts';
import { type Console, logIn, openConsole } from '../cloud/console.ts';
import { type GuestAtHost, guestAtHost, userData } from './guest.ts';
import { type CloudOnLab, cloudOnLab } from './lab-cloud.ts';
import { type Result, writeResults } from './results.ts';
import { makeUnbootableImage } from './unbootable-image.ts';

/** Firmware under two emulations takes its time. */
const bootMs = 900_000;
type State = string | null | undefined;

/** Of which Debian release the hosts are. */
const release = releases.find((each) => each === process.env.VIRTSTACK_LAB_RELEASE) ?? releases[0];
const results: Result[] = [];
let on: CloudOnLab | undefined;
let lab: Lab;
let cloud: LabCloud;
/** What the hosts run, a line each. */
let versions: string[];

before(async () => {
  on = await cloudOnLab({ release });
  ({ lab, cloud } = on);
  versions = await versionsOf(lab.hosts);
});
after(async () => {
  if (process.env.VIRTSTACK_FULL) writeResults(release, versions, results);
  await on?.end();
});

// Hosts beside each other, a host's guests one after another: in emulation two at once have made programs in a guest break.
describe('one journey, on every kind of host and in each of its modes', { concurrency: true }, () => {
  for (const { label, modes } of catalogue)
    describe(`on ${label}`, { concurrency: 1 }, () => {
      for (const { name: mode } of modes) {
        describe(`a guest of ${label} in mode ${mode}`, () => journey(label, mode));
        if (mode === 'pv') notBooting(label, mode);
      }
    });
});

function journey(label: string, mode: string): void {
  const name = `${label}-${mode}`.toLowerCase();
  let machine: Machine;
  let guest: GuestAtHost;
  let console: Console;
  let volume: string;
  let failed: string | undefined;

  after(() => console?.close());

  /** A step of the journey: where one failed, those after it have nothing to stand on. */
  const step = (what: string, act: () => Promise<void>): void => {
    it(what, async () => {
      assert.equal(failed, undefined, 'an earlier step failed');
      failed = what;
      try {
        await act();
        failed = undefined;
      } finally {
        results.push({ where: `${label} ${mode}`, step: what, passed: failed === undefined });
      }
    });
  };
  const job = async (command: 'stopVirtualMachine' | 'startVirtualMachine' | 'rebootVirtualMachine'): Promise<State> =>
    ((await cloud.api.job(command, { id: machine.id! })) as Machine).state;
  const state = async (): Promise<State> =>
    (await cloud.api.list('listVirtualMachines', { listall: true })).find(({ id }) => id === machine.id)?.state;
  const shows = (wanted: State, ms?: number): Promise<State> =>
    eventually(`state ${wanted}`, state, (seen) => seen === wanted, ms);
  const boots = async (): Promise<void> => {
    console?.close();
    console = await openConsole(cloud.api, cloud.admin, machine.id!);
    try {
      await console.expect(/Linux version/, bootMs);
    } catch (error) {
      // A host that has no time just now does not answer; whoever sits before a page opens the console again.
      if (!/4503/.test(String(error))) throw error;
      return boots();
    }
    await console.expect(new RegExp(`virtstack-tiny ready: ${name} ${machine.ipaddress}`), bootMs);
  };
  /** The guest's disks and their KiB, without their partitions. */
  const disks = async (): Promise<Map<string, number>> =>
    new Map(
      [...(await guest.ssh('cat /proc/partitions')).matchAll(/(\d+) ((?:vd|xvd|sd)[a-z])$/gm)].map(([, size, disk]) => [
        disk!,
        Number(size),
      ]),
    );

  step('is deployed on a host of its type, with a NIC, a key and user data, and libvirt shows it', async () => {
    const { privatekey } = await cloud.api.one('createSSHKeyPair', { name });
    const [offering] = await cloud.api.list('listServiceOfferings', { name: 'Tiny Instance' });
    const what = {
      name,
      keypair: name,
      userdata: userData,
      serviceofferingid: offering!.id!,
      templateid: await templateFor(label),
    };
    const wish = { 'details[0].virtualizationMode': mode, zoneid: cloud.zone.id };
    machine = (await cloud.api.job('deployVirtualMachine', { ...what, ...wish })) as Machine;
    const host = lab.hosts.find((each) => each.name === machine.hostname)!;
    guest = guestAtHost(lab, host, { domain: machine.instancename!, address: machine.ipaddress!, key: privatekey! });
    assert.equal(machine.state, 'Running');
    assert.equal(machine.hypervisor, label);
    assert.match(await guest.virsh('list --name'), new RegExp(`^${machine.instancename}$`, 'm'));
  });

  step('shows its boot on the console, under its name and address', boots);

  step('lets one log in on the console', async () => {
    await logIn(console, machine.ipaddress!);
  });

  step('lets its key in by SSH, and has carried out its user data', async () => {
    assert.match(await guest.ssh('cat marker'), /^user-data-was-here$/m);
  });

  step('finds its private channel by name, and is spoken with both ways', async () => {
    assert.equal((await guest.channel('id -u; hostname')).trim(), `0\n${name}`);
  });

  step('gets a volume while it runs, and what is written on it stays on it', async () => {
    const before = await disks();
    const [offering] = await cloud.api.list('listDiskOfferings', { name: 'Custom' });
    const what = { name: `${name}-data`, zoneid: cloud.zone.id, diskofferingid: offering!.id!, size: 1 };
    volume = ((await cloud.api.job('createVolume', what)) as { id: string }).id;
    const attached = async (): Promise<string> => {
      await cloud.api.job('attachVolume', { id: volume, virtualmachineid: machine.id! });
      const now = await eventually('a new disk', disks, (found) => found.size > before.size);
      const [disk, size] = [...now].find(([each]) => !before.has(each))!;
      assert.equal(size, 1024 * 1024);
      return disk;
    };
    const disk = await attached();
    await guest.channel(`echo kept | dd of=/dev/${disk} bs=512 seek=4096 conv=sync,fsync`);
    await cloud.api.job('detachVolume', { id: volume });
    await eventually('no new disk', disks, (found) => found.size === before.size);
    assert.match(
      await guest.channel(`dd if=/dev/${await attached()} bs=512 skip=4096 count=1 2>/dev/null | tr -d '\\0'`),
      /^kept$/m,
    );
  });

  step('reboots, and keeps its volume', async () => {
    const before = await disks();
    assert.equal(await job('rebootVirtualMachine'), 'Running');
    await boots();
    assert.deepEqual(await disks(), before);
  });

  step('stops by asking the guest, and starts again', async () => {
    assert.equal(await job('stopVirtualMachine'), 'Stopped');
    assert.match(await guest.virsh(`domstate --reason ${machine.instancename}`), /shut off \(shutdown\)/);
    assert.equal(await job('startVirtualMachine'), 'Running');
  });

  step('shows what virsh and the hypervisor’s own tool do beside the cloud', async () => {
    await guest.virsh(`destroy ${machine.instancename}`);
    await shows('Stopped');
    await guest.virsh(`start ${machine.instancename}`);
    await shows('Running');
    await guest.host(kinds.find((kind) => kind.label === label)!.powerOff(machine.instancename!));
    await shows('Stopped');
    assert.equal(await job('startVirtualMachine'), 'Running');
  });

  step('is destroyed: its volume stays until it is deleted, and nothing else is left', async () => {
    const volumes = await cloud.api.list('listVolumes', { virtualmachineid: machine.id! });
    await cloud.api.job('destroyVirtualMachine', { id: machine.id!, expunge: true });
    await shows(undefined);
    assert.doesNotMatch(await guest.virsh('list --all --name'), new RegExp(`^${machine.instancename}$`, 'm'));
    const [kept] = await cloud.api.list('listVolumes', { id: volume });
    assert.deepEqual([kept?.state, kept?.virtualmachineid], ['Ready', undefined]);
    await cloud.api.call('deleteVolume', { id: volume });
    const ids = [machine.id!, ...volumes.map(({ id }) => id)].join('|');
    const left = `find /var/lib/virtstack -not -type d | grep -E '${ids}' || true`;
    await eventually(
      'no file of it',
      () => guest.host(left),
      (found) => found === '',
    );
  });
}

/** A guest whose kernel its boot loader does not understand runs for libvirt and for nobody else. */
function notBooting(label: string, mode: string): void {
  it(`a guest in mode ${mode} whose kernel cannot be loaded is noticed, with the cause; it is not waited for`, async () => {
    const name = `${label}-stuck`.toLowerCase();
    const image = async (): Promise<string> => makeUnbootableImage(await makeTiny(), `${on!.dir}/unbootable.qcow2`);
    const templateid = await ensureTemplate(cloud.api, { name, hypervisor: label, zone: cloud.zone.id, image });
    const [offering] = await cloud.api.list('listServiceOfferings', { name: 'Tiny Instance' });
    const what = { name, serviceofferingid: offering!.id!, templateid, zoneid: cloud.zone.id };
    const { id } = (await cloud.api.job('deployVirtualMachine', { ...what, 'details[0].virtualizationMode': mode })) as Machine;
    const problem = async (): Promise<string | undefined> => {
      const machine = (await cloud.api.list('listVirtualMachines', { listall: true })).find((each) => each.id === id);
      return (machine?.details as Record<string, string> | undefined)?.bootProblem;
    };
    const told = await eventually('a boot problem', problem, Boolean, 180_000);
    assert.match(told!, /GRUB cannot load this kernel in mode pv \(.*image.*\): choose virtualizationMode=/);
    const [event] = await cloud.api.list('listEvents', { level: 'ERROR', resourceid: id!, listall: true });
    assert.match(event?.description ?? '', /does not boot\. GRUB cannot load this kernel/);
    const since = performance.now();
    await cloud.api.job('destroyVirtualMachine', { id: id!, expunge: true });
    assert.ok(performance.now() - since < 50_000, 'libvirt would have waited for the guest for 60 s');
  });
}

const versionsOf = (hosts: readonly LabHost[]): Promise<string[]> =>
  Promise.all(
    hosts.map(async (host) => {
      const words = await onHost(reachOf(lab, host), `virsh -c ${profileLabelled(host.label)!.uri} version`);
      const [libvirt, hypervisor] = [/^Using library: (.*)$/m.exec(words)?.[1], /^Running hypervisor: (.*)$/m.exec(words)?.[1]];
      return `${host.label}: ${hypervisor}, ${libvirt}`;
    }),
  );

async function templateFor(label: string): Promise<string> {
  const [known] = await cloud.api.list('listTemplates', { templatefilter: 'featured', hypervisor: label });
  return known!.id!;
}
