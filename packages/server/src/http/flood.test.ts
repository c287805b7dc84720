import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCloudError } from '../error.ts';
import { watchFlood } from './flood.ts';

const mebibyte = 1024 * 1024;
const isTooMany = (error: unknown): boolean => isCloudError(error) && error.kind === 'too-many-requests';

test('who sends large requests in vain waits, and nobody else', () => {
  const clock = { now: 0 };
  const flood = watchFlood(() => clock.now);
  for (let n = 0; n < 16; n++) {
    flood.check('192.0.2.1', 2 * mebibyte);
    flood.refused('192.0.2.1', 2 * mebibyte);
  }
  assert.throws(() => flood.check('192.0.2.1', 2 * mebibyte), isTooMany);
  flood.check('192.0.2.1', 10_000);
  flood.check('192.0.2.2', 2 * mebibyte);
  clock.now += 2100;
  flood.check('192.0.2.1', 2 * mebibyte);
});

test('small requests are never counted', () => {
  const flood = watchFlood(() => 0);
  for (let n = 0; n < 100_000; n++) flood.refused('192.0.2.1', 60_000);
  flood.check('192.0.2.1', 2 * mebibyte);
});
