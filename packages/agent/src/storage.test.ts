import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentMethods, PeerError, type Progress } from '@virtstack/protocol';
import { enterWorld } from './testing/enter-world.ts';
import { command, Rig } from './testing/rig.ts';

await enterWorld(import.meta.filename);
const rig = await Rig.start();
const { pool } = rig;

const refused = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PeerError, String(error));
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, message);
  return true;
};
const sha512 = (content: Buffer): string => createHash('sha512').update(content).digest('hex');
const offer = (content: Buffer, format: 'raw' | 'qcow2' = 'raw') => {
  const id = randomUUID();
  rig.server.images.set(`/images/${id}`, content);
  return { pool, id, url: `${rig.server.url.replace('wss', 'https')}/images/${id}`, sha512: sha512(content), format };
};
const create = (more: { id?: string; sizeBytes?: number; image?: string; epoch?: number }) =>
  rig.call(agentMethods.createVolume, { pool, id: randomUUID(), sizeBytes: 1 << 20, epoch: rig.epoch(), ...more });
const leftovers = (): string[] =>
  ['images', 'volumes'].flatMap((name) => readdirSync(join(pool, name)).filter((file) => file.endsWith('.part')));
const qemuInfo = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await command('qemu-img', 'info', '--output=json', path));

test('a pool is prepared once and again, and reported with its size', async () => {
  const prepared = await rig.call(agentMethods.preparePool, { path: `${pool}/` });
  assert.equal(prepared.path, pool);
  assert.ok(prepared.capacityBytes > prepared.usedBytes && prepared.usedBytes > 0);
  assert.equal(statSync(pool).mode & 0o777, 0o711);
  await rig.call(agentMethods.preparePool, { path: pool });
  const { pools } = await rig.call(agentMethods.report, {});
  assert.deepEqual(
    pools.map(({ path }) => path),
    [pool],
  );
  for (const path of ['relative', '/', '/a/../b'])
    await assert.rejects(rig.call(agentMethods.preparePool, { path }), refused('invalid', /absolute/));
});

test('an image is fetched once however often it is asked for, with progress, and can be read by those who run guests', async () => {
  const content = randomBytes(3 << 20);
  const asked = offer(content);
  const before = rig.server.fetches;
  const progress: Progress[] = [];
  const { peer } = rig.server.agents.all.at(-1)!;
  const answers = await Promise.all([
    peer.call(agentMethods.fetchImage, asked, { onProgress: (p) => progress.push(p) }),
    rig.call(agentMethods.fetchImage, asked),
  ]);
  answers.push(await rig.call(agentMethods.fetchImage, asked));
  const path = join(pool, 'images', `${asked.id}.raw`);
  for (const answer of answers) assert.deepEqual(answer, { path, virtualSizeBytes: content.length });
  assert.equal(rig.server.fetches - before, 1);
  assert.deepEqual(readFileSync(path), content);
  assert.equal(statSync(path).mode & 0o777, 0o644);
  assert.deepEqual(progress.at(-1), { done: content.length, total: content.length });
});

test('an image that is not what was promised leaves nothing behind', async () => {
  const asked = offer(randomBytes(70_000));
  await assert.rejects(
    rig.call(agentMethods.fetchImage, { ...asked, sha512: sha512(Buffer.from('other')) }),
    refused('checksum', /SHA-512/),
  );
  await assert.rejects(
    rig.call(agentMethods.fetchImage, { ...asked, format: 'qcow2' }),
    refused('invalid', /said to be qcow2, but is raw/),
  );
  await assert.rejects(rig.call(agentMethods.fetchImage, { ...asked, url: `${asked.url}x` }), refused('not-found', /404/));
  await assert.rejects(rig.call(agentMethods.fetchImage, { ...asked, url: 'http://127.0.0.1/' }), refused('invalid', /https/));
  assert.ok(!existsSync(join(pool, 'images', `${asked.id}.raw`)));
  assert.deepEqual(leftovers(), []);
  await rig.call(agentMethods.fetchImage, asked);
});

test('an image that stands on a file of the host is refused', async () => {
  const path = join(rig.directory, 'evil.qcow2');
  await command('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', path);
  await assert.rejects(
    rig.call(agentMethods.fetchImage, offer(readFileSync(path), 'qcow2')),
    refused('invalid', /stands on another image/),
  );
});

test('a full disk is said with numbers, and what was begun is removed', async () => {
  const small = join(rig.directory, 'small');
  mkdirSync(small);
  await command('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small);
  after(() => command('umount', small));
  await rig.call(agentMethods.preparePool, { path: small });
  const asked = { ...offer(randomBytes(2 << 20)), pool: small };
  await assert.rejects(rig.call(agentMethods.fetchImage, asked), refused('disk-full', /needs 2 MiB, .* has 1 MiB free/));
  writeFileSync(join(small, 'filler'), Buffer.alloc((1 << 20) - 60_000));
  const volume = { pool: small, id: randomUUID(), sizeBytes: 1 << 40, epoch: rig.epoch() };
  await assert.rejects(rig.call(agentMethods.createVolume, volume), refused('disk-full', /full/));
  assert.deepEqual([...readdirSync(join(small, 'images')), ...readdirSync(join(small, 'volumes'))], []);
});

test('a volume stands on its image, is made once, and is no other when asked for with another size', async () => {
  const content = randomBytes(1 << 20);
  const asked = offer(content);
  await rig.call(agentMethods.fetchImage, asked);
  const id = randomUUID();
  const volume = await create({ id, image: asked.id, sizeBytes: 2 << 20 });
  assert.deepEqual(volume, { path: join(pool, 'volumes', `${id}.qcow2`), format: 'qcow2', sizeBytes: 2 << 20 });
  const info = await qemuInfo(volume.path);
  assert.equal(info['backing-filename'], join(pool, 'images', `${asked.id}.raw`));
  assert.equal(info['backing-filename-format'], 'raw');
  assert.equal(info['virtual-size'], 2 << 20);
  const { ino } = statSync(volume.path);
  assert.deepEqual(await create({ id, image: asked.id, sizeBytes: 2 << 20 }), volume);
  assert.equal(statSync(volume.path).ino, ino, 'it was made anew');
  await assert.rejects(create({ id, image: asked.id, sizeBytes: 3 << 20 }), refused('conflict', /exists with 2097152 bytes/));
  await assert.rejects(create({ id, sizeBytes: 2 << 20 }), refused('conflict', /another image/));
  await assert.rejects(create({ image: asked.id, sizeBytes: 1 << 19 }), refused('invalid', /smaller than its image/));
  await assert.rejects(create({ image: randomUUID() }), refused('not-found', /must be fetched first/));
});

test('an image on which volumes stand is not deleted', async () => {
  const asked = offer(randomBytes(1 << 16));
  await rig.call(agentMethods.fetchImage, asked);
  const volume = await create({ image: asked.id });
  const remove = { pool, id: asked.id };
  await assert.rejects(rig.call(agentMethods.deleteImage, remove), refused('in-use', /1 volumes stand/));
  const id = /([0-9a-f-]+)\.qcow2$/.exec(volume.path)![1]!;
  await rig.call(agentMethods.deleteVolume, { pool, id, epoch: rig.epoch() });
  assert.ok(!existsSync(volume.path));
  await rig.call(agentMethods.deleteVolume, { pool, id, epoch: rig.epoch() });
  await rig.call(agentMethods.deleteImage, remove);
  assert.ok(!existsSync(join(pool, 'images', `${asked.id}.raw`)));
  await rig.call(agentMethods.deleteImage, remove);
});

test('a volume that was deleted is not made again by an older order', async () => {
  const id = randomUUID();
  const old = rig.epoch();
  await rig.call(agentMethods.deleteVolume, { pool, id, epoch: rig.epoch() });
  await assert.rejects(create({ id, epoch: old }), refused('stale-epoch', /older/));
  assert.ok(!existsSync(join(pool, 'volumes', `${id}.qcow2`)));
});

test('what a killed agent left half-made is swept away when it starts', async () => {
  writeFileSync(join(pool, 'volumes', `x.qcow2.${rig.guid}.1-1.part`), 'half');
  writeFileSync(join(pool, 'images', `x.raw.${rig.guid}.1-2.part`), 'half');
  await rig.stopAgent('SIGKILL');
  await rig.startAgent();
  assert.deepEqual(leftovers(), []);
  const { report } = rig.server.agents.all.at(-1)!.hello;
  assert.ok(
    report.pools.some(({ path }) => path === pool),
    'the pools were forgotten',
  );
});

after(() => rig.dispose());
