import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { CommandName } from '@virtstack/contract';
import { catalogue, profileLabelled } from '@virtstack/hypervisor/catalogue.ts';
import type { Profile } from '@virtstack/hypervisor/profile.ts';
import { type LabHost, reachOf } from '../../lab/host.ts';
import { type Lab, labUp, readLab } from '../../lab/lab.ts';
import { stopMachine } from '../../lab/machine.ts';
import { onHost } from '../../lab/ssh.ts';
import type { LabCloud } from '../../packages/cli/src/lab/cloud.ts';
import { eventually, type Machine } from '../cloud/cloud.ts';
import { guestAtHost, userData } from './guest.ts';
import { type CloudOnLab, cloudOnLab, roamingOffering, shareStorage } from './lab-cloud.ts';

/** Emulated, and what was killed has to come back meanwhile. */
const jobMs = 900_000;
const upMs = 600_000;
let on: CloudOnLab | undefined;
let lab: Lab;
let cloud: LabCloud;
let offering: string;

before(async () => {
  on = await cloudOnLab({ ofEachKind: 2 });
  ({ lab, cloud } = on);
  offering = await roamingOffering(cloud);
});
after(() => on?.end());

const run = (host: LabHost, line: string): Promise<string> => onHost(reachOf(lab, host), line);
const bootOf = async (host: LabHost): Promise<string> => (await run(host, 'cat /proc/sys/kernel/random/boot_id')).trim();

/** A part that dies, and comes back by itself. */
const blows: Readonly<Record<string, (host: LabHost, daemon: string) => Promise<unknown>>> = {
  'the agent is': (host) => run(host, 'systemctl kill -s KILL virtstack-agent'),
  'libvirt is': (host, daemon) => run(host, `pkill -KILL -x libvirtd || pkill -KILL -x ${daemon}`),
  'the server is': async () => {
    const found = execFileSync('pgrep', ['-f', `server/src/start.ts ${on!.dir}`], { encoding: 'utf8' });
    process.kill(Number(found.trim().split('\n')[0]), 'SIGKILL');
  },
};

describe('what fails in the midst ends, and no guest runs twice', { concurrency: 1 }, () => {
  for (const { label, modes } of catalogue) describe(`on ${label}`, { concurrency: 1 }, () => story(label, modes[0]!.name));
});

function story(label: string, mode: string): void {
  const { uri, daemon } = profileLabelled(label)!;
  const hosts = (): LabHost[] => lab.hosts.filter((each) => each.label === label);
  /** Not the one that exports what they share. */
  const first = (): LabHost => hosts()[1]!;
  const second = (): LabHost => hosts()[0]!;
  let machine: Machine;
  let volume: string;
  let boots: string[];

  const now = async (): Promise<Machine> =>
    (await cloud.api.list('listVirtualMachines', { listall: true })).find(({ id }) => id === machine.id)!;
  const hostOf = async (host: LabHost) => (await cloud.api.list('listHosts', { name: host.name }))[0]!;
  const runsOn = async (): Promise<string[]> => {
    const found = await Promise.all(
      hosts().map(async (host) => {
        const names = (await run(host, `virsh -q -c ${uri} list --name --state-running`)).split('\n');
        return names.filter((name) => name === machine.instancename).map(() => host.name);
      }),
    );
    return found.flat();
  };
  /** Also what the hypervisor has and libvirt does not know. */
  const domainsOn = async (host: LabHost): Promise<string> => {
    const { strays } = profileLabelled(label) as Profile;
    return strays ? run(host, strays.list.join(' ')) : '';
  };
  const settled = (): Promise<Machine | undefined> =>
    eventually(
      'a state that stays',
      () => now().catch(() => undefined),
      (seen) => ['Running', 'Stopped', 'Error'].includes(seen?.state ?? ''),
      jobMs,
    );
  /** No host went down, all are Up again, and what runs is what the cloud says, in one place. */
  const isSound = async (): Promise<Machine> => {
    for (const host of hosts())
      await eventually(
        `${host.name} Up`,
        () => hostOf(host).then(({ state }) => state, String),
        (state) => state === 'Up',
        upMs,
      );
    const seen = (await settled())!;
    const expected = seen.state === 'Running' ? [seen.hostname!] : [];
    await eventually('the truth', runsOn, (names) => names.join() === expected.join(), 120_000);
    for (const host of hosts()) {
      const has = (await domainsOn(host)).includes(machine.id!);
      if (has) assert.deepEqual(expected, [host.name], 'the hypervisor runs what the cloud says');
    }
    assert.deepEqual(await Promise.all(hosts().map(bootOf)), boots);
    const open = (await cloud.api.list('listAsyncJobs', { listall: true })).filter(({ jobstatus }) => jobstatus === 0);
    assert.deepEqual(open, []);
    return seen;
  };
  /** Its end, or why it did not do it; a server that is away is asked until it is back. */
  const ended = async (jobid: string): Promise<string | undefined> => {
    const ask = () => cloud.api.call('queryAsyncJobResult', { jobid }).catch(() => undefined);
    const job = await eventually('its end', ask, (seen) => seen !== undefined && seen.jobstatus !== 0, jobMs);
    if (job?.jobstatus === 1) return undefined;
    const { errortext } = job!.jobresult as { errortext?: string };
    assert.match(errortext ?? '', /\S+ \S+/, 'a reason');
    return errortext;
  };
  type Step = {
    readonly command: CommandName;
    readonly values: () => Record<string, string | boolean>;
    readonly done: (seen: Machine) => boolean;
  };
  const me = (): { id: string } => ({ id: machine.id! });
  const attached = async (): Promise<boolean> =>
    (await cloud.api.list('listVolumes', { id: volume }))[0]?.virtualmachineid === machine.id;
  const steps: Step[] = [
    { command: 'stopVirtualMachine', values: () => ({ ...me(), forced: true }), done: ({ state }) => state === 'Stopped' },
    { command: 'startVirtualMachine', values: () => me(), done: ({ state }) => state === 'Running' },
    { command: 'rebootVirtualMachine', values: () => ({ ...me(), forced: true }), done: ({ state }) => state === 'Running' },
  ];
  /** Asked for, struck in the midst, and where that made it fail, asked for again. */
  const struck = async (step: Step, blow: (host: LabHost) => Promise<unknown>): Promise<void> => {
    const values = step.values();
    const { jobid } = (await cloud.api.call(step.command, values)) as { jobid: string };
    await blow(first());
    const why = await ended(jobid);
    const seen = await isSound();
    if (why === undefined) return assert.ok(step.done(seen), `${step.command} was done, and it is ${seen.state}`);
    if (step.done(seen)) return;
    await cloud.api.job(step.command, values, { timeoutMs: jobMs });
    assert.ok(step.done(await isSound()));
  };

  before(async () => {
    await shareStorage(on!, label);
    boots = await Promise.all(hosts().map(bootOf));
  });

  const place = async () => {
    const [template] = await cloud.api.list('listTemplates', { templatefilter: 'featured', hypervisor: label });
    return {
      ...{ zoneid: cloud.zone.id, serviceofferingid: offering, templateid: template!.id!, userdata: userData },
      'details[0].virtualizationMode': mode,
    };
  };

  for (const [what, blow] of Object.entries(blows)) {
    const strike = (host: LabHost): Promise<unknown> => blow(host, daemon ?? 'libvirtd');

    it(`${what} killed while a machine is deployed`, async () => {
      const name = `fault-${label}-${Object.keys(blows).indexOf(what)}`.toLowerCase();
      const wish = { ...(await place()), name, hostid: (await hostOf(first())).id! };
      const { id, jobid } = (await cloud.api.call('deployVirtualMachine', wish)) as { id: string; jobid: string };
      await strike(first());
      const why = await ended(jobid);
      machine = (await cloud.api.list('listVirtualMachines', { listall: true })).find((each) => each.id === id)!;
      const { state } = await isSound();
      if (why === undefined) return assert.equal(state, 'Running');
      assert.equal(state, 'Error');
      await cloud.api.job('destroyVirtualMachine', { id, expunge: true }, { timeoutMs: jobMs });
      machine = (await cloud.api.job('deployVirtualMachine', { ...wish, name: `${name}-2` }, { timeoutMs: jobMs })) as Machine;
      assert.equal((await isSound()).state, 'Running');
    });

    for (const step of steps) it(`${what} killed amid ${step.command}`, () => struck(step, strike));

    it(`${what} killed while a volume is attached, and while it is detached`, async () => {
      const [disk] = await cloud.api.list('listDiskOfferings', { name: 'Custom' });
      const made = { name: `disk-${machine.id}`, diskofferingid: disk!.id!, size: 1, zoneid: cloud.zone.id };
      volume = ((await cloud.api.job('createVolume', made)) as { id: string }).id;
      const detach = { command: 'detachVolume', values: () => ({ id: volume }) } as const;
      const attach = { command: 'attachVolume', values: () => ({ id: volume, virtualmachineid: machine.id! }) } as const;
      for (const { command, values } of [attach, detach]) {
        const wanted = command === 'attachVolume';
        const { jobid } = (await cloud.api.call(command, values())) as { jobid: string };
        await strike(first());
        const why = await ended(jobid);
        assert.equal((await isSound()).state, 'Running');
        if (why !== undefined && (await attached()) !== wanted) await cloud.api.job(command, values(), { timeoutMs: jobMs });
        assert.equal(await attached(), wanted, why);
      }
      await cloud.api.call('deleteVolume', { id: volume });
    });

    it(`${what} killed while it is destroyed: nothing of it is left`, async () => {
      const { jobid } = (await cloud.api.call('destroyVirtualMachine', { ...me(), expunge: true })) as { jobid: string };
      await strike(first());
      const why = await ended(jobid);
      if (why !== undefined && (await now()))
        await cloud.api.job('destroyVirtualMachine', { ...me(), expunge: true }, { timeoutMs: jobMs });
      assert.deepEqual(await runsOn(), []);
      const left = `find /var/lib/virtstack -not -type d | grep -F '${machine.id}' || true; virsh -q -c ${uri} list --all --name | grep -Fx '${machine.instancename}' || true`;
      for (const host of hosts())
        await eventually(
          'nothing',
          async () => (await run(host, left)) + ((await domainsOn(host)).includes(machine.id!) ? machine.id : ''),
          (found) => found === '',
          300_000,
        );
    });
  }

  it('a machine for what follows', async () => {
    const wish = { ...(await place()), name: `fault-${label}-net`.toLowerCase(), hostid: (await hostOf(first())).id! };
    machine = (await cloud.api.job('deployVirtualMachine', wish, { timeoutMs: jobMs })) as Machine;
    assert.equal((await isSound()).state, 'Running');
  });

  const guestBoot = (): Promise<string> =>
    eventually(
      'an answer of the guest',
      () =>
        guestAtHost(lab, first(), { domain: machine.instancename!, address: machine.ipaddress!, key: '' })
          .channel('cat /proc/sys/kernel/random/boot_id')
          .catch(() => ''),
      (said) => said !== '',
      jobMs,
    );
  const cutOff = async (rule: string, meanwhile: () => Promise<void>): Promise<void> => {
    await run(
      first(),
      `nft add table inet cut; for each in input output; do nft add chain inet cut $each "{ type filter hook $each priority -300; }"; done; nft add rule inet cut output ${rule}; nft add rule inet cut input ${rule.replace('dport', 'sport')}`,
    );
    try {
      await meanwhile();
    } finally {
      await run(first(), 'nft delete table inet cut');
    }
  };

  it('a host that the network cuts off from the server is told, its guest runs on, and what is asked of it ends with a reason', async () => {
    const booted = await guestBoot();
    await cutOff('tcp dport 8250 drop', async () => {
      await eventually(
        'the loss',
        async () => (await hostOf(first())).state,
        (state) => state !== 'Up',
        400_000,
      );
      const { jobid } = (await cloud.api.call('stopVirtualMachine', { ...me(), forced: true })) as { jobid: string };
      assert.match((await ended(jobid)) ?? '', /not connected|unavailable|cannot be reached/i);
      const there = { ...me(), hostid: (await hostOf(second())).id! };
      await assert.rejects(cloud.api.job('startVirtualMachine', there, { timeoutMs: jobMs }));
      assert.deepEqual(await runsOn(), [first().name]);
    });
    assert.equal((await isSound()).state, 'Running');
    assert.equal(await guestBoot(), booted);
  });

  it('a host that the network cuts off from its storage is told, and is not rebooted; the guest goes on when the storage is back', async () => {
    const booted = await guestBoot();
    await cutOff('tcp dport 2049 drop', async () => {
      const state = async () => (await cloud.api.list('listStoragePools', { name: `nfs-${label}` }))[0]?.state;
      await eventually('the loss', state, (seen) => seen === 'Alert', 400_000);
      assert.equal((await hostOf(first())).state, 'Up');
    });
    assert.equal((await isSound()).state, 'Running');
    assert.equal(await guestBoot(), booted);
  });

  it('a host that is lost is told; its machine is not started elsewhere while it may run, and starts when the host is back', async () => {
    await stopMachine(first().process);
    await eventually(
      'the loss',
      async () => (await hostOf(first())).state,
      (state) => state === 'Alert' || state === 'Down',
      upMs,
    );
    const there = { ...me(), hostid: (await hostOf(second())).id! };
    await assert.rejects(cloud.api.job('startVirtualMachine', there, { timeoutMs: jobMs }));
    await labUp(lab.directory, {});
    lab = readLab(lab.directory)!;
    boots = await Promise.all(hosts().map(bootOf));
    await eventually('the end of what ran there', now, ({ state }) => state === 'Stopped', upMs);
    assert.equal((await isSound()).state, 'Stopped');
    await cloud.api.job('startVirtualMachine', me(), { timeoutMs: jobMs });
    assert.equal((await isSound()).state, 'Running');
    await cloud.api.job('destroyVirtualMachine', { ...me(), expunge: true }, { timeoutMs: jobMs });
  });
}
