import assert from 'node:assert/strict';
import { it } from 'node:test';
import { shown, UserError } from './user-error.ts';

it('shows what a person can mend as one line, and a fault of ours with its stack', () => {
  assert.equal(shown(new UserError('the port is taken')), 'the port is taken');
  assert.match(shown(new Error('what?')), /what\?\n\s+at /);
});
