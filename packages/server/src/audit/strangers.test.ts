import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countStrangers } from './strangers.ts';

test('of an address thirty refusals a minute are told, then how many were not', () => {
  const clock = { now: 0 };
  const told = countStrangers(() => clock.now);
  const answers = Array.from({ length: 50 }, () => told('192.0.2.1'));
  assert.equal(answers.filter((answer) => answer !== undefined).length, 30);
  assert.deepEqual(told('192.0.2.2'), { untold: 20 });
  clock.now += 61_000;
  assert.deepEqual(told('192.0.2.1'), {});
});

test('of all addresses together three hundred', () => {
  const told = countStrangers(() => 0);
  const answers = Array.from({ length: 1000 }, (_, n) => told(`2001:db8::${n.toString(16)}`));
  assert.equal(answers.filter((answer) => answer !== undefined).length, 300);
});
