import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pino from 'pino';
import { openAuditLog } from './audit-log.ts';

const dir = await mkdtemp(join(tmpdir(), 'audit-'));
after(() => rm(dir, { recursive: true }));
const logged: string[] = [];
const log = pino({}, { write: (line: string) => void logged.push(line) });

test('lines are kept in their order, old files move on by number, and the oldest go', async () => {
  const path = join(dir, 'audit.log');
  const audit = openAuditLog({ path, log, largest: 100, kept: 2 });
  for (let n = 0; n < 30; n++) await audit.write({ n, text: 'x'.repeat(20) });
  await audit.close();
  assert.deepEqual((await readdir(dir)).sort(), ['audit.log', 'audit.log.1', 'audit.log.2']);
  const numbers = async (file: string) =>
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { n: number }).n);
  assert.deepEqual([...(await numbers(`${path}.2`)), ...(await numbers(`${path}.1`)), ...(await numbers(path))].at(-1), 29);
  const all = [...(await numbers(`${path}.2`)), ...(await numbers(`${path}.1`)), ...(await numbers(path))];
  assert.deepEqual(
    all,
    [...Array(all.length).keys()].map((n) => 30 - all.length + n),
  );
  for (const file of await readdir(dir)) assert.ok((await stat(join(dir, file))).size <= 100);
});

test('nobody but the server reads it, and a later server goes on in it', async () => {
  const path = join(dir, 'again.log');
  for (const n of [1, 2]) {
    const audit = openAuditLog({ path, log });
    await Promise.all([audit.write({ n }), audit.write({ n })]);
    await audit.close();
  }
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal(await readFile(path, 'utf8'), '{"n":1}\n{"n":1}\n{"n":2}\n{"n":2}\n');
});

test('where it cannot be written the server’s log says so, and the next line is tried again', async () => {
  const path = join(dir, 'absent', 'audit.log');
  const audit = openAuditLog({ path, log });
  await audit.write({ n: 1 });
  await audit.write({ n: 2 });
  assert.equal(logged.filter((line) => line.includes('cannot be written') && line.includes('ENOENT')).length, 2);
  await audit.close();
});
