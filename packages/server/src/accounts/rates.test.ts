import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCloudError } from '../error.ts';
import { openRates } from './rates.ts';
import { settingSpec } from './settings-table.ts';

function ratesWith(values: Readonly<Record<string, string>>) {
  const text = async (name: string): Promise<string> => values[name] ?? settingSpec(name)!.default;
  const settings = {
    number: async (name: string) => Number(await text(name)),
    boolean: async (name: string) => (await text(name)) === 'true',
  };
  const clock = { now: 1000 };
  return { clock, rates: openRates(settings, () => clock.now) };
}
const on = { 'api.throttling.enabled': 'true', 'api.throttling.interval': '10', 'api.throttling.max': '3' };
const alice = { accountId: 'a', role: 'User' } as const;
const bob = { accountId: 'b', role: 'DomainAdmin' } as const;

test('an account calls so often in an interval, is told when it may again, and may then', async () => {
  const { clock, rates } = ratesWith(on);
  for (let n = 0; n < 3; n++) await rates.take(alice);
  clock.now += 4000;
  await assert.rejects(
    rates.take(alice),
    (error) =>
      isCloudError(error) &&
      error.kind === 'too-many-requests' &&
      error.retryAfterMs === 6000 &&
      /retry after \[6000\] ms/.test(error.message),
  );
  await rates.take(bob);
  assert.deepEqual(await rates.of('a'), { issued: 4, allowed: 0, secondsLeft: 6 });
  assert.deepEqual(await rates.of('b'), { issued: 1, allowed: 2, secondsLeft: 10 });
  clock.now += 6000;
  await rates.take(alice);
  assert.deepEqual(await rates.of('a'), { issued: 1, allowed: 2, secondsLeft: 10 });
});

test('of many calls at the same moment no more than allowed are let through', async () => {
  const { rates } = ratesWith(on);
  const ended = await Promise.allSettled(Array.from({ length: 50 }, () => rates.take(alice)));
  assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 3);
});

test('an admin is never limited, nor anybody while it is off', async () => {
  const { rates } = ratesWith(on);
  for (let n = 0; n < 10; n++) await rates.take({ accountId: 'a', role: 'Admin' });
  const { rates: off } = ratesWith({ 'api.throttling.max': '1' });
  for (let n = 0; n < 10; n++) await off.take(alice);
});

test('what was counted can be forgotten, of one account or of all', async () => {
  const { rates } = ratesWith({ ...on, 'api.throttling.max': '1' });
  const full = () => assert.rejects(rates.take(alice));
  await rates.take(alice);
  await rates.take(bob);
  await full();
  rates.reset('a');
  await rates.take(alice);
  await assert.rejects(rates.take(bob));
  rates.reset();
  await rates.take(bob);
  await rates.take(alice);
});
