import { readFileSync, writeFileSync } from 'node:fs';
import { Cloud, type Machine, sh, virsh } from '../test/cloud/cloud.ts';
import { told } from './deploy-figures.ts';
import { type Sample, sampleOf, twinOf } from './twin.ts';

/**
 * deployVirtualMachine, from the call to the job's end, against the same domain by hand: qemu-img create, virsh define, virsh start.
 * Pairs in turn, so that a machine that slows down slows both. Held to: at most 20 % or 150 ms more, whichever is larger.
 */
const pairs = 10;
const cloud = new Cloud();
let parameters: Record<string, string | number | boolean> | undefined;
await cloud.up();
try {
  const sample = await cloud.deploy({ name: 'sample' });
  const made = await sampleOf(await virsh('dumpxml', '--inactive', sample.instancename!), (disk) =>
    sh('qemu-img', 'info', '-U', '--output=json', disk),
  );
  const seedData = readFileSync(made.seed);
  await destroy(sample.id!);
  const ours: number[] = [];
  const hand: number[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const mine = await timed(() => throughTheCloud(pair));
    const theirs = await timed(byHand(made, seedData));
    // The first pair warms both up.
    if (pair > 0) ours.push(mine) && hand.push(theirs);
  }
  if (!told({ ours, hand })) process.exitCode = 1;
} finally {
  await cloud.end();
}

type Undo = () => Promise<unknown>;

/** How long it takes to make a guest; it is gone again before the next one is made. */
async function timed(make: () => Promise<Undo>): Promise<number> {
  const start = performance.now();
  const undo = await make();
  const ms = performance.now() - start;
  await undo();
  return ms;
}

async function throughTheCloud(pair: number): Promise<Undo> {
  // A client that asks more often takes more from the guest's start than it gains.
  const machine = (await cloud.api.job('deployVirtualMachine', await prepared(pair), { pollMs: 25 })) as Machine;
  return () => destroy(machine.id!);
}

async function destroy(id: string): Promise<void> {
  await cloud.api.job('stopVirtualMachine', { id, forced: true });
  await cloud.api.job('destroyVirtualMachine', { id, expunge: true });
}

async function prepared(pair: number): Promise<Record<string, string | number | boolean>> {
  parameters ??= await cloud.small();
  return { ...parameters, name: `bench-${pair}` };
}

/** The very domain that the cloud made, as another. Answers how to make it by hand. */
function byHand(sample: Sample, seedData: Buffer): () => Promise<Undo> {
  const { id, disk, seed, xml } = twinOf(sample);
  const file = `/run/${id}.xml`;
  writeFileSync(file, xml);
  writeFileSync(seed, seedData, { mode: 0o600 });
  return async () => {
    await sh('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', sample.image, '-F', 'qcow2', disk);
    await virsh('define', file);
    await virsh('start', id);
    return async () => {
      await virsh('destroy', id);
      await virsh('undefine', id);
      await sh('rm', disk, seed, file);
    };
  };
}
