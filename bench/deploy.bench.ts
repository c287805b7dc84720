import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Cloud, type Machine, sh, virsh } from '../test/cloud/cloud.ts';
import { median, milliseconds } from './figures.ts';

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
  const xml = await virsh('dumpxml', '--inactive', sample.instancename!);
  const [disk, seed] = ['volumes', 'seeds'].map((place) => new RegExp(`<source file='([^']+/${place}/[^']+)'`).exec(xml)![1]!);
  const image = /"full-backing-filename": "([^"]+)"/.exec(await sh('qemu-img', 'info', '-U', '--output=json', disk!))![1]!;
  const sampleMade = { xml, disk: disk!, image, seed: seed!, seedData: readFileSync(seed!) };
  await destroy(sample.id!);
  const ours: number[] = [];
  const byHand: number[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const mine = await timed(() => throughTheCloud(pair));
    const theirs = await timed(twin(sampleMade));
    // The first pair warms both up.
    if (pair > 0) ours.push(mine) && byHand.push(theirs);
  }
  const [cloudMs, handMs] = [median(ours), median(byHand)];
  const allowed = Math.max(handMs * 0.2, 150);
  console.log(
    `deployVirtualMachine   median ${milliseconds(cloudMs)} (${milliseconds(Math.min(...ours))} to ${milliseconds(Math.max(...ours))})`,
  );
  console.log(
    `qemu-img, virsh        median ${milliseconds(handMs)} (${milliseconds(Math.min(...byHand))} to ${milliseconds(Math.max(...byHand))})`,
  );
  console.log(
    `more                   ${milliseconds(cloudMs - handMs)} (ratio ${(cloudMs / handMs).toFixed(2)}); allowed ${milliseconds(allowed)}: ${cloudMs - handMs <= allowed ? 'held' : 'NOT HELD'}`,
  );
  if (cloudMs - handMs > allowed) process.exitCode = 1;
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

type Sample = {
  readonly xml: string;
  readonly disk: string;
  readonly image: string;
  readonly seed: string;
  readonly seedData: Buffer;
};

/** The very domain that the cloud made, with a name, an identity, an address, a disk, a seed and a log of its own. Answers how to make it by hand. */
function twin({ xml, disk, image, seed, seedData }: Sample): () => Promise<Undo> {
  const id = randomUUID();
  const beside = (path: string): string => `${path.slice(0, path.lastIndexOf('/'))}/${id}`;
  const mac = `52:54:00:${id.slice(0, 2)}:${id.slice(2, 4)}:${id.slice(4, 6)}`;
  const [ownDisk, ownSeed] = [`${beside(disk)}.qcow2`, beside(seed)];
  const document = xml
    .replace(/<name>[^<]*/, `<name>${id}`)
    .replace(/<uuid>[^<]*/, `<uuid>${id}`)
    .replace(/<metadata>[\s\S]*?<\/metadata>/, '')
    .replaceAll(disk, ownDisk)
    .replaceAll(seed, ownSeed)
    .replace(/<mac address='[^']*'/, `<mac address='${mac}'`)
    .replace(/<log file='([^']*)'/g, (_, path: string) => `<log file='${beside(path)}.log'`);
  const file = `/run/${id}.xml`;
  writeFileSync(file, document);
  writeFileSync(ownSeed, seedData, { mode: 0o600 });
  return async () => {
    await sh('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', image, '-F', 'qcow2', ownDisk);
    await virsh('define', file);
    await virsh('start', id);
    return async () => {
      await virsh('destroy', id);
      await virsh('undefine', id);
      await sh('rm', ownDisk, ownSeed, file);
    };
  };
}
