import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
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
  const disk = /<source file='([^']+\/volumes\/[^']+)'/.exec(xml)![1]!;
  const image = /"full-backing-filename": "([^"]+)"/.exec(await sh('qemu-img', 'info', '-U', '--output=json', disk))![1]!;
  await cloud.api.job('destroyVirtualMachine', { id: sample.id!, expunge: true });
  const ours: number[] = [];
  const byHand: number[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const [mine, theirs] = [await timed(() => throughTheCloud(pair)), await timed(() => withVirsh(xml, disk, image))];
    await mine.value();
    await theirs.value();
    // The first pair warms both up.
    if (pair > 0) ours.push(mine.ms) && byHand.push(theirs.ms);
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

async function timed(what: () => Promise<Undo>): Promise<{ ms: number; value: Undo }> {
  const start = performance.now();
  const value = await what();
  return { ms: performance.now() - start, value };
}

async function throughTheCloud(pair: number): Promise<Undo> {
  const machine = (await cloud.api.job('deployVirtualMachine', await prepared(pair), { pollMs: 10 })) as Machine;
  return () => cloud.api.job('destroyVirtualMachine', { id: machine.id!, expunge: true });
}

async function prepared(pair: number): Promise<Record<string, string | number | boolean>> {
  parameters ??= await cloud.small();
  return { ...parameters, name: `bench-${pair}` };
}

/** The very domain that the cloud made, with a name, an identity, a disk and an address of its own. */
async function withVirsh(xml: string, disk: string, image: string): Promise<Undo> {
  const id = randomUUID();
  const own = `${disk.slice(0, disk.lastIndexOf('/'))}/${id}.qcow2`;
  const mac = `52:54:00:${id.slice(0, 2)}:${id.slice(2, 4)}:${id.slice(4, 6)}`;
  const document = xml
    .replace(/<name>[^<]*/, `<name>${id}`)
    .replace(/<uuid>[^<]*/, `<uuid>${id}`)
    .replace(/<metadata>[\s\S]*?<\/metadata>/, '')
    .replaceAll(disk, own)
    .replace(/<mac address='[^']*'/, `<mac address='${mac}'`)
    .replace(/<disk [^>]*>(?:(?!<\/disk>)[\s\S])*seeds\/[\s\S]*?<\/disk>/, '')
    .replace(/<log file='[^']*'[^>]*>/g, '');
  const file = `/run/${id}.xml`;
  writeFileSync(file, document);
  await sh('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', image, '-F', 'qcow2', own);
  await virsh('define', file);
  await virsh('start', id);
  return async () => {
    await virsh('destroy', id);
    await virsh('undefine', id);
    await sh('rm', own, file);
  };
}
