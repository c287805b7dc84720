import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { certificateRequest, newKey } from './request.ts';

const guid = '6a1f0f0e-43b5-4e0c-8f6e-0d6a8a0b3c11';
/** All that it says; whether a signature is good it tells in words alone. */
const openssl = (input: string, ...args: string[]): string => {
  const { stdout, stderr } = spawnSync('openssl', args, { input, encoding: 'utf8' });
  return stdout + stderr;
};

test('a request is signed by the key that it is for, and asks for the name', () => {
  const key = newKey();
  const request = certificateRequest(guid, key);
  const text = openssl(request, 'req', '-verify', '-noout', '-subject', '-nameopt', 'RFC2253');
  assert.match(text, /verify OK/);
  assert.match(text, new RegExp(`^subject=CN=${guid}$`, 'm'));
  const asked = openssl(request, 'req', '-noout', '-pubkey');
  assert.equal(asked, createPublicKey(key).export({ type: 'spki', format: 'pem' }));
});

test('a request that somebody changed is noticed', () => {
  const lines = certificateRequest(guid, newKey()).split('\n');
  const der = Buffer.from(lines.slice(1, -2).join(''), 'base64');
  der[30] = der[30]! ^ 1;
  const changed = [lines[0], ...der.toString('base64').match(/.{1,64}/g)!, lines.at(-2), ''].join('\n');
  assert.doesNotMatch(openssl(changed, 'req', '-verify', '-noout'), /verify OK/);
});
