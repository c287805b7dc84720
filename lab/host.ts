import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { profileLabelled } from '@virtstack/hypervisor/catalogue.ts';
import { until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import type { Kind } from './kinds.ts';
import { diskOf, isRunning, type Process, startedFor, stopMachine } from './machine.ts';
import { addressOf, macOf, makeTap, type Network } from './network.ts';
import { sh } from './sh.ts';
import { booted, newbornReach } from './snapshot.ts';
import { onHost, type Reach, tryOnHost, untilOnHost } from './ssh.ts';

export type LabHost = {
  readonly name: string;
  /** Its hypervisor, as the cloud calls it. */
  readonly label: string;
  readonly index: number;
  readonly address: string;
  readonly uuid: string;
  /** The directory of the image that its disk lies on. */
  readonly image: string;
  readonly process: Process;
};

type Origin = { readonly kind: Kind; readonly image: string; readonly disk: string };
const bootMs = 300_000;
/** Where a lab is. */
export type Place = { readonly directory: string; readonly network: Network };

export const hostDirectory = ({ directory }: Place, name: string): string => join(directory, name);

/** How a host of the lab is reached. */
export const reachOf = (lab: Place, { address }: Pick<LabHost, 'address'>): Reach => ({
  network: lab.network,
  address,
  knownHosts: join(lab.directory, 'known-hosts'),
});

/** Resumes a copy of the booted disk and gives it a name, an address and keys of its own. One at a time: all are born with the same address. */
export async function bornHost(lab: Place, { name, index }: { name: string; index: number }, origin: Origin): Promise<LabHost> {
  const directory = hostDirectory(lab, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  await sh(['cp', '--reflink=auto', '--sparse=always', origin.disk, diskOf(directory)]);
  const tap = await makeTap(lab.network, name);
  const machine = { name, kind: origin.kind, image: origin.image, directory, network: lab.network, tap, resume: booted };
  say(`resuming ${name}`);
  return await startedFor(machine, async (running) => {
    const own = { name, index, label: origin.kind.label, address: addressOf(index), uuid: randomUUID() };
    const host = { ...own, image: origin.image, process: running };
    await identify(lab, host, newbornReach(lab.network, origin.image, directory));
    say(`${name} is ready at ${host.address}`);
    return host;
  });
}

/** Boots a host that is gone, as one that lost its power: with what is on its disk. */
export async function rebornHost(lab: Place, host: LabHost, kind: Kind): Promise<LabHost> {
  say(`${host.name} is gone: booting it again (about a minute)`);
  const { name, image } = host;
  const tap = await makeTap(lab.network, name);
  const machine = { name, kind, image, directory: hostDirectory(lab, name), network: lab.network, tap };
  return await startedFor(machine, async (running) => {
    await untilOnHost(reachOf(lab, host), answers(host), bootMs);
    say(`${name} is ready at ${host.address}`);
    return { ...host, process: running };
  });
}

/** Asks the host to end; one that does not within a minute loses its power. */
export async function powerOff(lab: Place, host: LabHost): Promise<void> {
  if (!isRunning(host.process)) return;
  await tryOnHost(reachOf(lab, host), 'systemctl poweroff', 20_000);
  if (!(await until(() => !isRunning(host.process), 60_000))) await stopMachine(host.process);
}

/** What succeeds once its libvirt serves it. */
const answers = ({ label }: LabHost): string => `virsh -c ${profileLabelled(label)!.uri} version`;

async function identify(lab: Place, host: LabHost, newborn: Reach): Promise<void> {
  const key = join(hostDirectory(lab, host.name), 'ssh-host-key');
  // Left by an attempt before this one.
  for (const file of [key, `${key}.pub`]) rmSync(file, { force: true });
  await sh(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', host.name, '-f', key]);
  const reach = reachOf(lab, host);
  appendFileSync(reach.knownHosts, `${host.address} ${readFileSync(`${key}.pub`, 'utf8')}`);
  await untilOnHost(newborn, 'true', 60_000);
  const seconds = (Date.now() / 1000).toFixed(3);
  const words = ['lab-identity', host.name, host.address, macOf(host.index), host.uuid, seconds];
  await onHost(newborn, words.join(' '), readFileSync(key, 'utf8'));
  await untilOnHost(reach, answers(host), 60_000);
}
