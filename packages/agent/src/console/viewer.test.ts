import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { hand } from './viewer.ts';

const large = Buffer.alloc(64 * 1024);

test('who takes nothing is shown out', async () => {
  const viewer = new Duplex({ read() {}, write() {} });
  viewer.on('error', () => {});
  await hand(viewer, large, 1);
  assert.equal(viewer.destroyed, true);
});

test('who reads again after this process stood still is not shown out', async () => {
  const [viewer, reader] = duplexPair();
  let read = 0;
  const handed = hand(viewer, large, 20);
  const until = performance.now() + 300;
  while (performance.now() < until); // as long as 15 beats
  reader.on('data', (bytes: Buffer) => {
    read += bytes.length;
  });
  await handed;
  assert.equal(viewer.destroyed, false);
  viewer.end();
  await once(reader, 'end');
  assert.equal(read, large.length);
});
