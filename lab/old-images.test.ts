import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { noteUse, removeOldImages } from './old-images.ts';

const scratch = mkdtempSync(join(tmpdir(), 'images-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const image = (letter: string): string => {
  const path = join(scratch, letter.repeat(16));
  mkdirSync(path);
  return path;
};

test('images that nobody makes or stands on any more are removed, and nothing else', () => {
  const [now, stood, left, never] = ['a', 'b', 'c', 'd'].map(image) as [string, string, string, string];
  const lab = join(scratch, 'lab');
  mkdirSync(lab);
  writeFileSync(join(lab, 'lab.json'), JSON.stringify({ hosts: [{ image: stood }] }));
  noteUse(stood, lab);
  noteUse(left, lab);
  noteUse(left, join(scratch, 'gone'));
  writeFileSync(join(scratch, 'key'), '');
  removeOldImages(scratch, [now]);
  assert.deepEqual(
    [now, stood, join(scratch, 'key'), left, never].map((path) => existsSync(path)),
    [true, true, true, false, false],
  );
});
