import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PeerError } from '@virtstack/protocol';
import { Epochs } from './epochs.ts';
import { Turns } from './turns.ts';

const directory = mkdtempSync(join(tmpdir(), 'epochs-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
const fresh = (): string => join(directory, `${++files}.json`);
const stale = (error: unknown): boolean => error instanceof PeerError && error.kind === 'stale-epoch';

test('the same and a higher epoch are accepted, a lower one never again, also by the next agent', async () => {
  const file = fresh();
  const epochs = await Epochs.open(file);
  await epochs.accept('a', 5);
  await epochs.accept('a', 5);
  await epochs.accept('b', 1);
  await assert.rejects(epochs.accept('a', 4), stale);
  await epochs.accept('a', 7);
  const next = await Epochs.open(file);
  assert.throws(() => next.check('a', 6), stale);
  next.check('a', 7);
  next.check('b', 1);
});

test('each of many that come at once is on the disk when it is answered', async () => {
  const file = fresh();
  const epochs = await Epochs.open(file);
  await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      await epochs.accept(`id-${index}`, index + 1);
      const seen = await Epochs.open(file);
      assert.throws(() => seen.check(`id-${index}`, index), stale);
    }),
  );
});

test('an epoch that could not be written is refused, and written when it is asked for again', async () => {
  const place = join(directory, 'gone');
  const epochs = await Epochs.open(join(place, 'epochs.json'));
  await assert.rejects(epochs.accept('a', 3), /ENOENT/);
  mkdirSync(place);
  chmodSync(place, 0o700);
  await epochs.accept('a', 3);
  const seen = await Epochs.open(join(place, 'epochs.json'));
  assert.throws(() => seen.check('a', 2), stale);
});

test('a higher epoch that was found elsewhere counts', async () => {
  const epochs = await Epochs.open(fresh());
  epochs.see('a', 9);
  epochs.see('a', 2);
  assert.throws(() => epochs.check('a', 8), stale);
});

test('actions on one object take turns, those on others do not wait', async () => {
  const turns = new Turns();
  const { signal } = new AbortController();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', 1, signal, () => gate.promise.then(() => order.push('first')));
  const second = turns.take('a', 1, signal, async () => order.push('second'));
  await turns.take('b', 1, signal, async () => order.push('other'));
  gate.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(order, ['other', 'first', 'second']);
});

test('a failed action does not stop the next; a higher epoch ends the one that runs, and waits until it has ended', async () => {
  const turns = new Turns();
  const { signal } = new AbortController();
  const failed = turns.take('a', 1, signal, () => Promise.reject(new Error('no')));
  const waiting = turns.take(
    'a',
    1,
    signal,
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  await assert.rejects(failed, /no/);
  const ended = assert.rejects(waiting, stale);
  assert.equal(await turns.take('a', 2, signal, async () => 'newer'), 'newer');
  await ended;
});
