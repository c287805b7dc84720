import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { catalogue, profileLabelled } from '@virtstack/hypervisor/catalogue.ts';
import { type LabHost, reachOf } from '../../lab/host.ts';
import { kinds } from '../../lab/kinds.ts';
import { type Lab, labDown, labUp, readLab } from '../../lab/lab.ts';
import { onHost } from '../../lab/ssh.ts';
import { type LabCloud, startLabCloud } from '../../packages/cli/src/lab/cloud.ts';
import { registerImage } from '../../packages/cli/src/lab/zone.ts';
import { makeTiny } from '../../packages/cli/src/tiny.ts';
import { eventually, type Machine } from '../cloud/cloud.ts';
import { type Console, openConsole } from '../cloud/console.ts';

/** A guest of each kind in each of its modes. */
const guests = catalogue.flatMap(({ label, modes }) => modes.map(({ name }) => ({ label, mode: name })));
/** Firmware under two emulations takes its time. */
const bootMs = 600_000;

/** A lab that is there already is used where VIRTSTACK_LAB names its directory: the test then runs in its network namespace. */
const standing = process.env.VIRTSTACK_LAB;
const scratch = mkdtempSync('/var/tmp/virtstack-lab-');
let lab: Lab;
let cloud: LabCloud;

before(async () => {
  // The server is not root.
  chmodSync(scratch, 0o711);
  const everyKind = Object.fromEntries(kinds.map(({ name }) => [name, 1]));
  lab = standing ? readLab(standing)! : await labUp(`${scratch}/lab`, everyKind, { here: true });
  cloud = await startLabCloud(lab, `${scratch}/cloud`);
});
after(async () => {
  await cloud?.stop();
  if (lab && !standing) await labDown(lab);
  rmSync(scratch, { recursive: true, force: true });
});

for (const { label, mode } of guests)
  describe(`a guest of ${label} in mode ${mode}`, () => {
    const name = `${label}-${mode}`.toLowerCase();
    let host: LabHost;
    let machine: Machine;
    let console: Console;
    let key = '';
    const virsh = (words: string): Promise<string> =>
      onHost(reachOf(lab, host), `virsh -q -c ${profileLabelled(label)!.uri} ${words}`);
    const job = async (command: 'stopVirtualMachine' | 'startVirtualMachine' | 'rebootVirtualMachine'): Promise<unknown> =>
      ((await cloud.api.job(command, { id: machine.id! })) as Machine).state;
    const shows = (state: string | undefined): Promise<unknown> =>
      eventually(
        `state ${state}`,
        async () => (await cloud.api.list('listVirtualMachines', { listall: true })).find(({ id }) => id === machine.id)?.state,
        (value) => value === state,
      );

    before(() => {
      host = lab.hosts.find((each) => each.label === label)!;
    });

    it('deploys on a host of its kind, with a key and user data, and libvirt shows it', async () => {
      const made = await cloud.api.one('createSSHKeyPair', { name });
      key = made.privatekey!;
      const userdata = Buffer.from('#cloud-config\nruncmd:\n  - echo user-data-was-here > /home/tiny/marker\n').toString(
        'base64',
      );
      const [offering] = await cloud.api.list('listServiceOfferings', { name: 'Tiny Instance' });
      machine = (await cloud.api.job('deployVirtualMachine', {
        ...{
          name,
          keypair: name,
          userdata,
          zoneid: cloud.zone.id,
          serviceofferingid: offering!.id!,
          templateid: await template(),
        },
        'details[0].virtualizationMode': mode,
      })) as Machine;
      assert.equal(machine.state, 'Running');
      assert.equal(machine.hypervisor, label);
      assert.match(await virsh('list --name'), new RegExp(`^${machine.instancename}$`, 'm'));
    });

    it('shows its boot on the console, under its name and address', async () => {
      console = await open();
      await console.expect(/Linux version/, bootMs);
      await console.expect(new RegExp(`virtstack-tiny ready: ${name} ${machine.ipaddress}`), bootMs);
    });

    it('lets one log in on the console', async () => {
      await console.expect(/login:/);
      console.type('tiny\n');
      await console.expect(/[Pp]assword:/);
      console.type('tiny\n');
      await console.expect(/[$#] /);
      console.type('ip -4 addr show eth0; echo do""ne\n');
      await console.expect(new RegExp(`inet ${machine.ipaddress}/`));
      await console.expect(/done/);
      console.close();
    });

    it('lets the key in, and has carried out its user data', async () => {
      const ssh = 'ssh -i /run/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes';
      const line = `cat >/run/id; chmod 600 /run/id; ${ssh} tiny@${machine.ipaddress} cat marker`;
      assert.match(await onHost(reachOf(lab, host), line, key), /^user-data-was-here$/m);
    });

    it('reboots', async () => {
      assert.equal(await job('rebootVirtualMachine'), 'Running');
      console = await open();
      await console.expect(/virtstack-tiny ready/, bootMs);
      console.close();
    });

    it('stops by asking the guest, and starts again', async () => {
      assert.equal(await job('stopVirtualMachine'), 'Stopped');
      assert.match(await virsh(`domstate --reason ${machine.instancename}`), /shut off \(shutdown\)/);
      assert.equal(await job('startVirtualMachine'), 'Running');
    });

    it('shows what virsh does beside the cloud', async () => {
      await virsh(`destroy ${machine.instancename}`);
      await shows('Stopped');
      await virsh(`start ${machine.instancename}`);
      await shows('Running');
    });

    it('is destroyed; nothing of it is left', async () => {
      await cloud.api.job('destroyVirtualMachine', { id: machine.id!, expunge: true });
      await shows(undefined);
      assert.doesNotMatch(await virsh('list --all --name'), new RegExp(machine.instancename!));
      const left = 'find /var/lib/virtstack/primary/volumes /var/lib/virtstack/agent/seeds -type f';
      assert.equal(await onHost(reachOf(lab, host), left), '');
    });

    const open = (): Promise<Console> => openConsole(cloud.api, cloud.admin, machine.id!);
    const template = async (): Promise<string> => {
      const [known] = await cloud.api.list('listTemplates', { templatefilter: 'featured', hypervisor: label });
      return known?.id ?? (await registerImage(cloud.api, cloud.zone, await makeTiny(), label));
    };
  });
