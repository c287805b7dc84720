import assert from 'node:assert/strict';
import { it } from 'node:test';
import { run, until } from './run.ts';

it('answers what a program wrote and with which code it ended', async () => {
  assert.deepEqual(await run(['sh', '-c', 'cat; echo no >&2; exit 3'], { input: 'yes' }), {
    code: 3,
    stdout: 'yes',
    stderr: 'no\n',
  });
});

it('answers 127 for a program that is not there', async () => {
  assert.equal((await run(['/no/such/program'])).code, 127);
});

it('ends a program that takes too long, and says so', async () => {
  const { code, stderr } = await run(['sleep', '60'], { timeoutMs: 20 });
  assert.notEqual(code, 0);
  assert.match(stderr, /ended by SIGKILL/);
});

it('asks until it is true, and no longer than it has time', async () => {
  let asked = 0;
  assert.equal(await until(() => ++asked === 3, 10_000), true);
  assert.equal(asked, 3);
  assert.equal(await until(() => false, 30), false);
});
