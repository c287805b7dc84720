import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSecrets } from './secrets.ts';

test('what is sealed opens with the same key and purpose, and with no other', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'secrets-'));
  t.after(() => rm(dir, { recursive: true }));
  const secrets = await openSecrets(join(dir, 'key'));
  assert.equal((await stat(join(dir, 'key'))).mode & 0o777, 0o600);
  const sealed = secrets.seal('grüße', 'api-key x');
  assert.ok(!sealed.includes('gr'));
  assert.equal((await openSecrets(join(dir, 'key'))).open(sealed, 'api-key x'), 'grüße');
  assert.throws(() => secrets.open(sealed, 'api-key y'), /cannot be read/);
  const changed = Buffer.from(sealed);
  changed[changed.length - 1]! ^= 1;
  assert.throws(() => secrets.open(changed, 'api-key x'), /cannot be read/);
  const other = await openSecrets(join(dir, 'other'));
  assert.throws(() => other.open(sealed, 'api-key x'), /cannot be read/);
});

test('a damaged key file is said to be one', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'secrets-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'key'), 'short');
  await assert.rejects(openSecrets(join(dir, 'key')), /is not a key: 5 bytes/);
});
