import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, verifyPassword } from './password.ts';

test('a password verifies against its own hash alone', async () => {
  const hash = await hashPassword('s3cret Ü');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(hash, await hashPassword('s3cret Ü'));
  assert.equal(await verifyPassword(hash, 's3cret Ü'), true);
  assert.equal(await verifyPassword(hash, 's3cret U'), false);
  assert.equal(await verifyPassword(undefined, ''), false);
  assert.equal(await verifyPassword('', ''), false);
});
