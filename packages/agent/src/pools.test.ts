import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { agentMethods, PeerError } from '@virtstack/protocol';
import { enterWorld } from './testing/enter-world.ts';
import { command, Rig } from './testing/rig.ts';

await enterWorld(import.meta.filename);
const rig = await Rig.start();
after(() => rig.dispose());

const nfs = (server: string) => ({ type: 'nfs' as const, server, path: '/export', options: [] });
const place = (): string => join(rig.directory, 'mnt', randomUUID());
const away = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PeerError, String(error));
  assert.equal(error.kind, 'storage-away', error.message);
  assert.match(error.message, message);
  return true;
};
const reportOf = async (path: string) => (await rig.call(agentMethods.report, {})).pools.find((pool) => pool.path === path);

/** A file system that never answers: nobody reads what is asked of it. Answers how it ends. */
const deaf = (path: string): (() => Promise<string>) => {
  const device = openSync('/dev/fuse', 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  const mount = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'deaf', path], {
    stdio: ['ignore', 'inherit', 'inherit', device],
  });
  assert.equal(mount.status, 0);
  return async () => {
    closeSync(device);
    return command('umount', '--force', '--lazy', path);
  };
};

test('an export that cannot be mounted is reported with mount’s own words and what helps, and nothing is made in its place', async () => {
  const path = place();
  const report = await rig.call(agentMethods.preparePool, { path, source: nfs('127.0.0.1') });
  assert.match(report.problem!, /^127\.0\.0\.1:\/export cannot be mounted: .{20,}/);
  assert.equal(report.capacityBytes, 0);
  assert.deepEqual(await reportOf(path), report);
  const pool = { pool: path, id: randomUUID(), epoch: rig.epoch() };
  await assert.rejects(rig.call(agentMethods.createVolume, { ...pool, sizeBytes: 1 << 20 }), away(/cannot be mounted/));
  await assert.rejects(rig.call(agentMethods.deleteVolume, pool), away(/cannot be mounted/));
  const image = { pool: path, id: randomUUID(), url: 'https://127.0.0.1/x', sha512: 'x', format: 'raw' as const };
  await assert.rejects(rig.call(agentMethods.fetchImage, image), away(/cannot be mounted/));
  assert.deepEqual(readdirSync(path), []);
});

test('it is tried again after a restart, until it is released', async () => {
  const path = place();
  await rig.call(agentMethods.preparePool, { path, source: nfs('127.0.0.1') });
  await rig.stopAgent();
  await rig.startAgent();
  const { report } = rig.server.agents.all.at(-1)!.hello;
  assert.match(report.pools.find((pool) => pool.path === path)!.problem!, /cannot be mounted/);
  await rig.call(agentMethods.releasePool, { path });
  await rig.call(agentMethods.releasePool, { path });
  assert.equal(await reportOf(path), undefined);
  assert.ok(!existsSync(path));
});

test('a pool that does not answer is told so in time, and holds up nothing else', async () => {
  const path = place();
  await rig.call(agentMethods.preparePool, { path });
  const end = deaf(path);
  const from = rig.server.reports.all.length;
  const told = (problem: boolean) =>
    rig.server.reports.next(({ pools }) => pools.some((pool) => pool.path === path && (pool.problem !== undefined) === problem), {
      from,
      timeoutMs: 40_000,
    });
  await assert.rejects(rig.call(agentMethods.preparePool, { path }), away(/does not answer: nothing came within 5 s/));
  await told(true);
  assert.match((await reportOf(path))!.problem!, /does not answer/);
  await assert.rejects(
    rig.call(agentMethods.createVolume, { pool: path, id: randomUUID(), sizeBytes: 1 << 20, epoch: rig.epoch() }),
    away(/does not answer/),
  );
  const image = await rig.image(randomBytes(1 << 16));
  await rig.disk(0, image);
  await end();
  await rig.call(agentMethods.preparePool, { path });
  await told(false);
});

test('what another host of the pool is writing stays; what this one left half-made is swept away, and what nobody goes on with', async () => {
  const path = place();
  await rig.call(agentMethods.preparePool, { path });
  const part = (name: string, guid: string) => join(path, 'volumes', `${name}.qcow2.${guid}.1-1.part`);
  const [ours, theirs, abandoned] = [part('x', rig.guid), part('x', randomUUID()), part('y', randomUUID())];
  const volume = join(path, 'volumes', 'z.qcow2');
  for (const file of [ours, theirs, abandoned, volume]) writeFileSync(file, 'half');
  const hoursAgo = (hours: number) => Date.now() / 1000 - hours * 3600;
  utimesSync(theirs, hoursAgo(23), hoursAgo(23));
  for (const file of [abandoned, volume]) utimesSync(file, hoursAgo(25), hoursAgo(25));
  await rig.stopAgent('SIGKILL');
  await rig.startAgent();
  assert.ok((await reportOf(path))!.problem === undefined);
  assert.deepEqual(readdirSync(join(path, 'volumes')).sort(), [theirs, volume].map((file) => basename(file)).sort());
});
