import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KeptLog } from './kept-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'kept-log-'));
after(() => rmSync(directory, { recursive: true }));

test('a log that grows keeps its last part, also when another agent goes on with it', async () => {
  const path = join(directory, 'log');
  let log = new KeptLog(path);
  for (let i = 0; i < 48; i += 1) {
    if (i === 24) log = new KeptLog(path);
    await log.append(Buffer.alloc(65_536, `${i} `.padStart(4)));
    assert.ok(statSync(path).size <= 1_048_576);
  }
  const text = readFileSync(path, 'latin1');
  assert.ok(text.length >= 524_288);
  assert.ok(text.endsWith(' 47 '));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await log.clear();
  await log.append(Buffer.from('new'));
  assert.equal(readFileSync(path, 'latin1'), 'new');
});
