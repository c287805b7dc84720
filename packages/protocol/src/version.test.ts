import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROTOCOL_VERSION, understand } from './version.ts';

test('two sides understand each other where the newer one knows the older one’s words', () => {
  const own = { protocol: 3, oldest: 2 };
  assert.deepEqual(
    [
      { protocol: 3 },
      { protocol: 2 },
      { protocol: 1 },
      { protocol: 4, oldest: 3 },
      { protocol: 4, oldest: 4 },
      { protocol: 4 },
      { protocol: 5, oldest: 2 },
    ].map((other) => understand(other, own)),
    [true, true, false, true, false, false, true],
  );
  assert.equal(understand({ protocol: PROTOCOL_VERSION }), true);
});
