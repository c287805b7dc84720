import assert from 'node:assert/strict';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { connectionOptions } from './database.ts';
import { type PostgresOptions, startPostgres } from './embedded.ts';

async function place(): Promise<PostgresOptions & { dir: string; [Symbol.asyncDispose](): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'pg-'));
  const root = process.getuid?.() === 0;
  if (root) await chown(dir, 65534, 65534);
  return {
    dir,
    dataDir: join(dir, 'data'),
    socketDir: join(dir, 'run'),
    log: join(dir, 'log'),
    ...(root && { uid: 65534 }),
    settings: { fsync: 'off' },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

async function ask(url: string, query: string): Promise<unknown[]> {
  const client = new pg.Client(connectionOptions(url));
  await client.connect();
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}

test('a PostgreSQL that still runs is taken over, one that ended is started again, and what it holds stays', async () => {
  await using options = await place();
  const first = await startPostgres(options);
  await ask(first.url, 'create table kept (n integer)');
  const second = await startPostgres(options);
  assert.deepEqual([second.pid, second.adopted], [first.pid, true]);
  await second.stop();
  const third = await startPostgres(options);
  assert.equal(third.adopted, false);
  assert.deepEqual(await ask(third.url, 'select count(*)::int as n from kept'), [{ n: 0 }]);
  assert.deepEqual(await ask(third.url, 'show listen_addresses'), [{ listen_addresses: '' }]);
  await third.stop();
});

test('a killed PostgreSQL is started again', async () => {
  await using options = await place();
  const first = await startPostgres(options);
  process.kill(first.pid, 'SIGKILL');
  const second = await startPostgres(options);
  assert.notEqual(second.pid, first.pid);
  assert.deepEqual(await ask(second.url, 'select 1 as n'), [{ n: 1 }]);
  await second.stop();
});

test('a pid file whose number now belongs to another program is no obstacle', async () => {
  await using options = await place();
  await (await startPostgres(options)).stop();
  await writeFile(join(options.dataDir, 'postmaster.pid'), `${process.pid}\n${options.dataDir}\n0\n5432\n${options.socketDir}\n`);
  const again = await startPostgres(options);
  assert.equal(again.adopted, false);
  await again.stop();
});

test('what stands in the way is said in one line', async () => {
  await using options = await place();
  await assert.rejects(startPostgres({ ...options, socketDir: `/tmp/${'x'.repeat(120)}` }), /at most 107/);
  await (await startPostgres(options)).stop();
  await assert.rejects(startPostgres({ ...options, settings: { shared_buffers: 'much' } }), /did not start: .*shared_buffers/);
  await writeFile(join(options.dataDir, 'PG_VERSION'), '15\n');
  await assert.rejects(startPostgres(options), /made by PostgreSQL 15; this is 18/);
});
