import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { sweep } from './sweep.ts';

it('what a process that was ended has left half made is removed, and nothing else', () => {
  const directory = mkdtempSync('/tmp/virtstack-sweep-');
  try {
    const old = ['ab12.999999999', `ab12.${process.pid}`, 'ab12', 'kvm.qcow2'];
    for (const name of [...old, 'kvm.999999998']) mkdirSync(join(directory, name));
    for (const name of old) utimesSync(join(directory, name), 1, 1);
    sweep(directory);
    assert.deepEqual(readdirSync(directory).sort(), ['ab12', `ab12.${process.pid}`, 'kvm.999999998', 'kvm.qcow2'].sort());
  } finally {
    rmSync(directory, { recursive: true });
  }
});
