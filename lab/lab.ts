import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { installPackages } from '@virtstack/shell/packages.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { bornHost, hostDirectory, type LabHost, type Place, powerOff, rebornHost } from './host.ts';
import { labImage, labPackages, type Release } from './image.ts';
import { type Kind, kinds } from './kinds.ts';
import { isRunning, stopMachine } from './machine.ts';
import { makeNetwork, mostHosts, type Network, namespaceExists, removeNetwork, removeTap } from './network.ts';
import { noteUse } from './old-images.ts';
import { exportShared } from './shared.ts';
import { bootedDisk } from './snapshot.ts';

/** A lab: hosts that share a network. All that is known of it lies in its directory. */
export type Lab = Place & { readonly hosts: readonly LabHost[] };

/** How many hosts of each kind there shall be at least, by its name. */
export type Wanted = Readonly<Record<string, number>>;

const file = (directory: string): string => join(directory, 'lab.json');

/** Undefined: there is none. */
export function readLab(directory: string): Lab | undefined {
  if (!existsSync(file(directory))) return undefined;
  return { directory, ...(JSON.parse(readFileSync(file(directory), 'utf8')) as Omit<Lab, 'directory'>) };
}

export type LabOptions = {
  /** On a network of this process's own namespace in place of one with a name. */
  readonly here?: boolean;
  /** What new hosts are made of. */
  readonly release?: Release | undefined;
};

/** Starts what is wanted and not there, and again what is gone; builds what is not cached. @throws {UserError} */
export async function labUp(directory: string, wanted: Wanted, options: LabOptions = {}): Promise<Lab> {
  if (process.getuid?.() !== 0) throw new UserError('the lab needs root: it makes a disk image, a network namespace and taps.');
  const network = options.here ? { namespace: undefined } : { namespace: basename(directory) };
  let lab = readLab(directory) ?? (await newLab(directory, network));
  await installPackages(labPackages);
  await makeNetwork(lab.network);
  for (const host of lab.hosts.filter(({ process }) => !isRunning(process)))
    lab = withHost(lab, await rebornHost(lab, host, kindOf(host)));
  for (const kind of missing(lab, wanted)) {
    const image = await labImage(options.release);
    noteUse(image, lab.directory);
    const disk = await bootedDisk(kind, image, lab.network);
    const host = await bornHost(lab, nextOf(lab, kind), { kind, image, disk });
    if (lab.hosts.length === 0) await exportShared(lab, host);
    lab = withHost(lab, host);
  }
  return lab;
}

const kindOf = ({ label }: LabHost): Kind => kinds.find((kind) => kind.label === label)!;

const missing = (lab: Lab, wanted: Wanted): Kind[] =>
  kinds.flatMap((kind) => {
    const there = lab.hosts.filter(({ label }) => label === kind.label).length;
    return Array<Kind>(Math.max(0, (wanted[kind.name] ?? 0) - there)).fill(kind);
  });

function withHost(lab: Lab, host: LabHost): Lab {
  const at = lab.hosts.findIndex(({ name }) => name === host.name);
  return save({ ...lab, hosts: at < 0 ? [...lab.hosts, host] : lab.hosts.with(at, host) });
}

async function newLab(directory: string, network: Network): Promise<Lab> {
  if (network.namespace !== undefined && (await namespaceExists(network.namespace)))
    throw new UserError(
      `there is a network namespace ${network.namespace} that is no lab's; choose another directory with --data.`,
    );
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return save({ directory, network, hosts: [] });
}

function save(lab: Lab): Lab {
  const { directory, ...kept } = lab;
  writeFileSync(file(directory), `${JSON.stringify(kept, undefined, 2)}\n`);
  return lab;
}

/** The first free name and number. */
function nextOf({ hosts }: Lab, kind: Kind): { name: string; index: number } {
  const free = (taken: (n: number) => boolean): number => {
    let n = 1;
    while (taken(n)) n++;
    return n;
  };
  const index = free((n) => hosts.some((host) => host.index === n));
  if (index > mostHosts) throw new UserError(`a lab has at most ${mostHosts} hosts.`);
  return { index, name: `${kind.name}${free((n) => hosts.some((host) => host.name === `${kind.name}${n}`))}` };
}

/** Powers its hosts off; `labUp` boots them again with what is on their disks. */
export async function labStop(lab: Lab): Promise<void> {
  await Promise.all(lab.hosts.map((host) => powerOff(lab, host)));
}

/** Ends a host and forgets it. The first one exports what they share: others need it. */
async function removeHost(lab: Lab, host: LabHost): Promise<Lab> {
  await stopMachine(host.process);
  await removeTap(lab.network, host.name);
  rmSync(hostDirectory(lab, host.name), { recursive: true, force: true });
  return save({ ...lab, hosts: lab.hosts.filter(({ name }) => name !== host.name) });
}

/** Ends all of its hosts and takes everything away. */
export async function labDown(lab: Lab): Promise<void> {
  for (const host of lab.hosts) await removeHost(lab, host);
  await removeNetwork(lab.network);
  rmSync(lab.directory, { recursive: true, force: true });
}
