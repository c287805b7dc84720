import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { enterWorld } from '../testing/enter-world.ts';
import { addresses, bridges } from './machine.ts';

await enterWorld(import.meta.filename);
const ip = (words: string): unknown => execFileSync('ip', words.split(' '));

test('a host is reached at the addresses of what is up, whatever else it has', async () => {
  ip('link add there type bridge');
  ip('address add 192.0.2.7/24 dev there');
  ip('link add off type bridge');
  ip('address add 192.0.2.130/25 dev off');
  ip('link set there up');
  assert.deepEqual(await addresses(), ['192.0.2.7']);
  assert.deepEqual(await bridges(), ['off', 'there']);
});
