import assert from 'node:assert/strict';
import test from 'node:test';
import { amount, limitsOf } from './limits.ts';

const wanted = { vm: 1, cpu: 4, memory: 2048, volume: 1, primarystorage: 10 };

test('what is without limit is not among the limits', () => {
  const figures = { vmlimit: 'Unlimited', vmtotal: 7, cpulimit: '8', cputotal: 4, memorylimit: '-1', memorytotal: 0 };
  assert.deepEqual(limitsOf(figures, wanted), [{ kind: 'cpu', most: 8, used: 4, wanted: 4, exceeded: false }]);
});

test('a limit is exceeded by one more than is left, and a limit of nothing by anything', () => {
  const exceeded = (most: string, used: number) => limitsOf({ vmlimit: most, vmtotal: used }, wanted)[0]?.exceeded;
  assert.deepEqual([exceeded('3', 2), exceeded('3', 3), exceeded('0', 0)], [false, true, true]);
});

test('memory and storage are told in their units', () => {
  assert.deepEqual([amount('memory', 1536), amount('primarystorage', 200), amount('cpu', 40)], ['1.5 GiB', '200 GiB', '40']);
});
