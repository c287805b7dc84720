import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from './database.ts';
import { gathered, rowsByKey } from './gathered.ts';

const db = {} as Database;

test('who asks while another is answered goes along in the next question, and gets his own answer', async () => {
  const questions: (readonly number[])[] = [];
  const doubled = gathered(async (_, keys: readonly number[]) => {
    questions.push(keys);
    return keys.map((key) => key * 2);
  });
  assert.deepEqual(await Promise.all([1, 2, 3].map((key) => doubled(db, key))), [2, 4, 6]);
  assert.deepEqual(questions, [[1], [2, 3]]);
  assert.equal(await doubled(db, 4), 8);
});

test('one that cannot be answered is refused alone', async () => {
  const odd = gathered(async (_, keys: readonly number[]) => {
    if (keys.includes(3)) throw new Error('three is too much');
    return keys;
  });
  const ends = await Promise.allSettled([1, 2, 3, 4].map((key) => odd(db, key)));
  assert.deepEqual(
    ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as Error).message)),
    [1, 2, 'three is too much', 4],
  );
  assert.equal(await odd(db, 5), 5);
});

test('questions of a transaction are its own', async () => {
  const asked: Database[] = [];
  const who = gathered(async (of, keys: readonly number[]) => {
    asked.push(of);
    return keys;
  });
  const tx = {} as Database;
  await Promise.all([who(db, 1), who(tx, 2), who(tx, 3)]);
  assert.deepEqual(
    asked.map((of) => of === tx),
    [false, true, true],
  );
});

test('rows are told by the keys that were asked, the same key twice', () => {
  const rows = [
    { key: 'b', n: 1 },
    { key: 'b', n: 2 },
  ];
  assert.deepEqual(
    rowsByKey(['b', 'a', 'b'], rows, ({ key }) => key),
    [rows, [], rows],
  );
});
