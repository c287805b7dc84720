import assert from 'node:assert/strict';
import test from 'node:test';
import { all, ownerIn, scopeOf } from './project.ts';

test('lists show what the user may see outside projects, in one, or everywhere', () => {
  assert.deepEqual(scopeOf(''), { listall: true });
  assert.deepEqual(scopeOf('p'), { projectid: 'p' });
  assert.deepEqual(scopeOf(all), { listall: true, projectid: '-1' });
});

test('a new thing belongs to the project that the user is in, and else to himself', () => {
  assert.deepEqual([ownerIn('p'), ownerIn(''), ownerIn(all)], [{ projectid: 'p' }, {}, {}]);
});
