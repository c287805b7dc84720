import assert from 'node:assert/strict';
import test from 'node:test';
import { match } from './match.ts';

test('a pattern finds its parameters', () => {
  assert.deepEqual(match('/instances/:id/:tab', '/instances/a%20b/console'), { id: 'a b', tab: 'console' });
});

test('another path, or one with an empty part, is none', () => {
  assert.equal(match('/instances/:id', '/events/1'), undefined);
  assert.equal(match('/instances/:id', '/instances/'), undefined);
  assert.equal(match('/instances', '/instances/1'), undefined);
});
