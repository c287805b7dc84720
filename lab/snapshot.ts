import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { profileLabelled } from '@virtstack/hypervisor/catalogue.ts';
import { say } from '@virtstack/shell/say.ts';
import type { Kind } from './kinds.ts';
import { diskOf, hardware, type Machine, qmpOf, startedFor, stopMachine } from './machine.ts';
import { makeTap, type Network, newborn, removeTap } from './network.ts';
import { monitor } from './qmp.ts';
import { sh } from './sh.ts';
import { onHost, type Reach, untilOnHost } from './ssh.ts';
import { sweep } from './sweep.ts';

/** The name of the saved state inside the disk. */
export const booted = 'booted';

const bootMs = 300_000;

/** A host that has no identity yet, as everybody knows it. */
export function newbornReach(network: Network, image: string, directory: string): Reach {
  const knownHosts = join(directory, 'known-hosts');
  writeFileSync(knownHosts, `${newborn.address} ${readFileSync(join(image, 'newborn.pub'), 'utf8')}`);
  return { network, address: newborn.address, knownHosts };
}

/** A disk on top of the image that holds a booted host of this kind, to be copied and resumed; booted once (about a minute), then found. */
export async function bootedDisk(kind: Kind, image: string, network: Network): Promise<string> {
  const disk = join(image, `${kind.name}-${await snapshotHash(kind)}.qcow2`);
  if (existsSync(disk)) return disk;
  say(`booting a ${kind.label} host for the first time (one to three minutes)`);
  sweep(image);
  const directory = join(image, `${kind.name}.${process.pid}`);
  mkdirSync(directory);
  await sh(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', join(image, 'disk.qcow2'), diskOf(directory)]);
  const tap = await makeTap(network, 'newborn');
  const machine: Machine = { name: 'newborn', kind, image, directory, network, tap };
  try {
    await saveWhenBooted(machine, newbornReach(network, image, directory));
    renameSync(diskOf(directory), disk);
  } catch (error) {
    copyFileSync(join(directory, 'serial.log'), join(image, `${kind.name}-serial.log`));
    throw error;
  } finally {
    await removeTap(network, 'newborn');
    rmSync(directory, { recursive: true, force: true });
  }
  return disk;
}

const saveWhenBooted = (machine: Machine, reach: Reach): Promise<void> =>
  startedFor(machine, async (running) => {
    await untilOnHost(reach, 'systemctl is-system-running --wait | grep -qE "running|degraded"', bootMs);
    await untilOnHost(reach, `virsh -c ${profileLabelled(machine.kind.label)!.uri} version`, 60_000);
    await onHost(reach, 'sync');
    await monitor(qmpOf(machine.directory), `savevm ${booted}`);
    await stopMachine(running);
  });

/** A state can be resumed only by the QEMU that saved it, on the hardware on which it was saved. */
async function snapshotHash(kind: Kind): Promise<string> {
  const version = await sh(['qemu-system-x86_64', '--version']);
  return createHash('sha256')
    .update(JSON.stringify([version, hardware({ kind })]))
    .digest('hex')
    .slice(0, 12);
}
