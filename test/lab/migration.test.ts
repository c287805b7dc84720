import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue, profileLabelled } from '@virtstack/hypervisor/catalogue.ts';
import { type LabHost, reachOf } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { onHost } from '../../lab/ssh.ts';
import type { LabCloud } from '../../packages/cli/src/lab/cloud.ts';
import { eventually, type Machine } from '../cloud/cloud.ts';
import { type GuestAtHost, guestAtHost, userData } from './guest.ts';
import { type CloudOnLab, cloudOnLab, roamingOffering, shareStorage } from './lab-cloud.ts';

const moveMs = 900_000;
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

describe('guests move between hosts of a cluster', { concurrency: 1 }, () => {
  for (const { label, modes } of catalogue)
    describe(`of type ${label}`, { concurrency: 1 }, () => {
      before(() => shareStorage(on!, label));
      for (const { name } of modes) describe(`in mode ${name}`, { concurrency: 1 }, () => story(label, name));
    });
});

function story(label: string, mode: string): void {
  const name = `move-${label}-${mode}`.toLowerCase();
  let machine: Machine;
  let key: string;
  let booted: string;

  const hostNamed = (hostname: string): LabHost => lab.hosts.find((each) => each.name === hostname)!;
  const other = (hostname: string): LabHost => lab.hosts.find((each) => each.label === label && each.name !== hostname)!;
  const idOf = async (host: LabHost): Promise<string> => (await cloud.api.list('listHosts', { name: host.name }))[0]!.id!;
  const at = (host: LabHost): GuestAtHost =>
    guestAtHost(lab, host, { domain: machine.instancename!, address: machine.ipaddress!, key });
  const now = async (): Promise<Machine> =>
    (await cloud.api.list('listVirtualMachines', { listall: true })).find(({ id }) => id === machine.id)!;
  /** Which hosts' libvirts run it, and which know it. */
  const whereabouts = async (): Promise<{ runs: string[]; known: string[] }> => {
    const found = { runs: [] as string[], known: [] as string[] };
    for (const host of lab.hosts.filter((each) => each.label === label)) {
      const virsh = (words: string): Promise<string> => run(host, `virsh -q -c ${profileLabelled(label)!.uri} ${words}`);
      const has = (names: string): boolean => names.split('\n').includes(machine.instancename!);
      if (has(await virsh('list --name --state-running'))) found.runs.push(host.name);
      if (has(await virsh('list --all --name'))) found.known.push(host.name);
    }
    return found;
  };
  const move = async (target: LabHost): Promise<Machine> =>
    (await cloud.api.job(
      'migrateVirtualMachine',
      { virtualmachineid: machine.id!, hostid: await idOf(target) },
      { timeoutMs: moveMs },
    )) as Machine;
  /** It is there and nowhere else, was not booted anew, and is spoken with. */
  const isAt = async (host: LabHost): Promise<void> => {
    assert.deepEqual(await whereabouts(), { runs: [host.name], known: [host.name] });
    const { hostname, state } = await now();
    assert.deepEqual({ hostname, state }, { hostname: host.name, state: 'Running' });
    assert.equal((await at(host).channel('cat /proc/sys/kernel/random/boot_id')).trim(), booted);
  };

  it('is deployed on storage that they share', async () => {
    key = (await cloud.api.one('createSSHKeyPair', { name })).privatekey!;
    const [template] = await cloud.api.list('listTemplates', { templatefilter: 'featured', hypervisor: label });
    const what = { name, keypair: name, userdata: userData, serviceofferingid: offering, templateid: template!.id! };
    const wish = { 'details[0].virtualizationMode': mode, zoneid: cloud.zone.id };
    machine = (await cloud.api.job('deployVirtualMachine', { ...what, ...wish })) as Machine;
    const host = hostNamed(machine.hostname!);
    // Who does not listen yet is asked again.
    const boot = (): Promise<string> =>
      at(host)
        .channel('cat /proc/sys/kernel/random/boot_id')
        .catch(() => '');
    booted = (await eventually('an answer', boot, (said) => said !== '', moveMs)).trim();
    await at(host).channel('echo it was here >/dev/shm/note');
  });

  it('moves, keeps its memory, its network and its channel, and comes back', async () => {
    const from = hostNamed(machine.hostname!);
    const to = other(from.name);
    const fit = (await cloud.api.list('findHostsForMigration', { virtualmachineid: machine.id! })) as unknown as {
      name: string;
      suitableformigration: boolean;
    }[];
    assert.deepEqual(
      fit.map((each) => [each.name, each.suitableformigration]),
      [[to.name, true]],
    );
    assert.equal((await move(to)).hostname, to.name);
    await isAt(to);
    assert.match(await at(to).channel('cat /dev/shm/note'), /it was here/);
    assert.match(await at(to).ssh('hostname'), new RegExp(name));
    assert.equal((await move(from)).hostname, from.name);
    await isAt(from);
  });

  it('is moved away from a host that is prepared for maintenance, which takes no machine until that is cancelled', async () => {
    const from = hostNamed((await now()).hostname!);
    const to = other(from.name);
    const id = await idOf(from);
    await cloud.api.job('prepareHostForMaintenance', { id }, { timeoutMs: moveMs });
    const resourceState = async () => (await cloud.api.list('listHosts', { id }))[0]?.resourcestate;
    await eventually('the maintenance', resourceState, (state) => state === 'Maintenance', moveMs);
    await isAt(to);
    await assert.rejects(move(from), /[Mm]aintenance/);
    await isAt(to);
    await cloud.api.job('cancelHostMaintenance', { id });
    assert.equal(await resourceState(), 'Enabled');
  });

  it('is nowhere twice, and runs on, where the libvirt of the other host ends in the midst of it', async () => {
    const from = hostNamed((await now()).hostname!);
    const to = other(from.name);
    const daemon = profileLabelled(label)!.daemon;
    const moved = move(to).then(
      () => undefined,
      (error: Error) => error,
    );
    await eventually(
      'its coming',
      () => run(to, `virsh -q -c ${profileLabelled(label)!.uri} list --all --name`),
      (names) => names.includes(machine.instancename!),
      300_000,
    );
    await run(to, `pkill -KILL -x libvirtd || pkill -KILL -x ${daemon}`);
    const why = await moved;
    const { runs } = await whereabouts();
    assert.equal(runs.length, 1, `it runs on ${runs.join(' and ') || 'no host'} (${why?.message})`);
    await eventually('the state', now, (seen) => seen.state === 'Running' && seen.hostname === runs[0], 120_000);
    assert.equal((await at(hostNamed(runs[0]!)).channel('cat /proc/sys/kernel/random/boot_id')).trim(), booted);
    await eventually('one place', whereabouts, ({ known }) => known.length === 1, 120_000);
    await eventually(
      'the host Up',
      async () => (await cloud.api.list('listHosts', { name: to.name }))[0]?.state,
      (state) => state === 'Up',
      300_000,
    );
  });

  it('is not started by virsh on the other host while it runs: its disks are locked', async () => {
    const host = hostNamed((await now()).hostname!);
    const to = other(host.name);
    const uri = profileLabelled(label)!.uri;
    const xml = await run(host, `virsh -q -c ${uri} dumpxml --migratable ${machine.instancename}`);
    // Without what lies beside it on its own host: nothing but the locks is to stop it, as it shows when the machine is down.
    const beside = /<channel [\s\S]*?<\/channel>|<log [^>]*>|<disk (?:(?!<\/disk>)[\s\S])*?\/seeds\/[\s\S]*?<\/disk>/g;
    await onHost(reachOf(lab, to), 'cat >/run/twin.xml', xml.replaceAll(beside, ''));
    const twin = (): Promise<string> => run(to, `virsh -q -c ${uri} create /run/twin.xml`);
    await assert.rejects(twin());
    await isAt(host);
    await cloud.api.job('stopVirtualMachine', { id: machine.id!, forced: true });
    await twin();
    await eventually('what virsh did', now, ({ state, hostname }) => state === 'Running' && hostname === to.name, 120_000);
    await run(to, `virsh -q -c ${uri} destroy ${machine.instancename}`);
    await eventually('what virsh undid', now, ({ state }) => state === 'Stopped', 120_000);
  });

  it('is started again and expunged, and nothing of it is left', async () => {
    await cloud.api.job('startVirtualMachine', { id: machine.id! });
    await cloud.api.job('destroyVirtualMachine', { id: machine.id!, expunge: true });
    assert.deepEqual(await whereabouts(), { runs: [], known: [] });
    const left = `find /var/lib/virtstack -not -type d | grep -E '${machine.id}' || true`;
    for (const host of lab.hosts)
      await eventually(
        'no file of it',
        () => run(host, left),
        (found) => found === '',
        60_000,
      );
  });
}
