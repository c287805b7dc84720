import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshKeyPair, publicKey } from './ssh-key.ts';

const dir = mkdtempSync(join(tmpdir(), 'ssh-'));
test.after(() => rmSync(dir, { recursive: true }));
const keygen = (...args: string[]): string => execFileSync('ssh-keygen', args, { encoding: 'utf8', stdio: 'pipe' });

test('a fresh key is one that OpenSSH reads, with the same public half and fingerprint', () => {
  const made = freshKeyPair('web-key');
  const file = join(dir, 'fresh');
  writeFileSync(file, made.privateKey, { mode: 0o600 });
  assert.equal(keygen('-y', '-f', file).trim(), made.line);
  assert.ok(keygen('-l', '-E', 'md5', '-f', file).includes(`MD5:${made.fingerprint}`));
  assert.deepEqual(publicKey(made.line), { line: made.line, fingerprint: made.fingerprint });
});

test('keys of every usual type are read', () => {
  for (const [type, bits] of [
    ['rsa', '2048'],
    ['ecdsa', '256'],
    ['ed25519', '256'],
  ]) {
    const file = join(dir, type!);
    keygen('-q', '-t', type!, '-b', bits!, '-N', '', '-f', file);
    const line = readFileSync(`${file}.pub`, 'utf8');
    assert.ok(keygen('-l', '-E', 'md5', '-f', file).includes(publicKey(line).fingerprint));
  }
});

test('what is no public key is refused and named', () => {
  const { line, privateKey } = freshKeyPair('a');
  assert.throws(() => publicKey(privateKey), /private key\. Keep it/);
  assert.throws(() => publicKey('hello'), /not an SSH public key/);
  assert.throws(() => publicKey(`${line}\n${line}`), /not an SSH public key/);
  assert.throws(() => publicKey(line.replace('ed25519', 'rsa')), /damaged/);
  assert.throws(() => publicKey('ssh-rsa AAAA'), /damaged/);
});
