import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { besides, leftover, publishFirst } from './files.ts';

const directory = mkdtempSync(join(tmpdir(), 'files-'));
after(() => rmSync(directory, { recursive: true }));

test('of two that finish the same file the first has it, and nothing unfinished is left', async () => {
  const path = join(directory, 'image');
  const parts = ['a', 'b'].map((writer) => besides(path, writer));
  for (const part of parts) writeFileSync(part, part);
  assert.equal(await publishFirst(parts[0]!, path), true);
  assert.equal(await publishFirst(parts[1]!, path), false);
  assert.equal(readFileSync(path, 'utf8'), parts[0]);
  assert.deepEqual(readdirSync(directory), ['image']);
});

test('whose unfinished file it is stands in its name', () => {
  const name = besides('x.qcow2', 'host-a');
  assert.deepEqual(
    [leftover(name), leftover(name, 'host-a'), leftover(name, 'host-b'), leftover('x.qcow2')],
    [true, true, false, false],
  );
});
