import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '@virtstack/protocol';
import { SharedWork } from './shared-work.ts';

const silent = (): void => {};

test('two that ask for the same get one piece of work, both with its progress', async () => {
  const work = new SharedWork<number>();
  const { signal } = new AbortController();
  const heard: Progress[][] = [[], []];
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const ask = (index: number) =>
    work.join(
      'key',
      signal,
      (p) => heard[index]!.push(p),
      async (_, progress) => {
        runs += 1;
        await gate.promise;
        progress({ done: 1 });
        return 42;
      },
    );
  const both = [ask(0), ask(1)];
  gate.resolve();
  assert.deepEqual(await Promise.all(both), [42, 42]);
  assert.equal(runs, 1);
  assert.deepEqual(heard, [[{ done: 1 }], [{ done: 1 }]]);
  assert.equal(await work.join('key', signal, silent, async () => 43), 43);
});

test('work goes on while one still waits for it, and is given up with the last; who comes then gets new work', async () => {
  const work = new SharedWork<string>();
  const [one, two] = [new AbortController(), new AbortController()];
  let given = false;
  const endless = (signal: AbortSignal): Promise<string> =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        given = true;
        reject(signal.reason);
      }),
    );
  const first = assert.rejects(work.join('key', one.signal, silent, endless), /left one/);
  const second = assert.rejects(work.join('key', two.signal, silent, endless), /left two/);
  one.abort(new Error('left one'));
  await first;
  assert.equal(given, false);
  two.abort(new Error('left two'));
  await second;
  assert.equal(given, true);
  assert.equal(await work.join('key', new AbortController().signal, silent, async () => 'new'), 'new');
});

test('a failure reaches all who wait, and is not remembered', async () => {
  const work = new SharedWork<string>();
  const { signal } = new AbortController();
  const fail = () => work.join('key', signal, silent, () => Promise.reject(new Error('broken')));
  const results = await Promise.allSettled([fail(), fail()]);
  assert.ok(results.every((result) => result.status === 'rejected' && /broken/.test(String(result.reason))));
  assert.equal(await work.join('key', signal, silent, async () => 'good'), 'good');
});
