import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isoImage } from './iso.ts';
import { writeSeed } from './seed.ts';

const directory = mkdtempSync(join(tmpdir(), 'iso-'));
after(() => rmSync(directory, { recursive: true }));

const files = { 'meta-data': 'instance-id: a\n', 'user-data': `#cloud-config\n${'x'.repeat(10_000)}é`, 'network-config': '' };
const path = join(directory, 'seed.iso');
writeFileSync(path, isoImage('cidata', files));

test('a disk is known by its label', () => {
  assert.equal(execFileSync('blkid', ['-p', '-o', 'value', '-s', 'LABEL', path], { encoding: 'utf8' }).trim(), 'cidata');
  assert.equal(execFileSync('blkid', ['-p', '-o', 'value', '-s', 'TYPE', path], { encoding: 'utf8' }).trim(), 'iso9660');
});

test("another program reads the files' names and contents", () => {
  const copy = join(directory, 'copy');
  execFileSync('xorriso', ['-read_fs', 'norock', '-osirrox', 'on', '-indev', path, '-extract', '/', copy], { stdio: 'pipe' });
  for (const [name, text] of Object.entries(files)) assert.equal(readFileSync(join(copy, name), 'utf8'), text);
});

test('what is no text lies on the disk byte by byte', async () => {
  const userData = gzipSync('#cloud-config\n{}\n');
  const [disk, copy] = [join(directory, 'gzip.iso'), join(directory, 'gzip')];
  await writeSeed(disk, { metaData: '', userData: userData.toString('base64'), userDataEncoding: 'base64' });
  execFileSync('xorriso', ['-read_fs', 'norock', '-osirrox', 'on', '-indev', disk, '-extract', '/', copy], { stdio: 'pipe' });
  assert.deepEqual(readFileSync(join(copy, 'user-data')), userData);
});

test('the same files give the same disk', () => {
  assert.deepEqual(isoImage('cidata', files), isoImage('cidata', files));
});
