import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiError } from '../api/error.ts';
import { placeOf } from './password-refusal.ts';

test('a refusal of the present password stands beside it, what the policy misses beside the new one, all else above', () => {
  assert.equal(placeOf(new ApiError(431, 'The current password is not right.')), 'current');
  assert.equal(placeOf(new ApiError(431, 'Unable to execute … due to missing parameter currentpassword')), 'current');
  assert.equal(
    placeOf(new ApiError(431, 'The password is not one that is allowed here: it has at least 8 characters')),
    'password',
  );
  assert.equal(placeOf(new ApiError(429, 'Too many requests')), undefined);
  assert.equal(placeOf(new Error('The server does not answer.')), undefined);
});
