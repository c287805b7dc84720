import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiError, fieldOf } from './error.ts';

test('a refusal is put beside the field that it names', () => {
  const fields = ['name', 'zoneid'];
  assert.equal(fieldOf(new ApiError(431, 'Unable to execute API command X due to missing parameter zoneid'), fields), 'zoneid');
  assert.equal(fieldOf(new ApiError(431, 'due to invalid value. Invalid parameter name value=-'), fields), 'name');
  assert.equal(fieldOf(new ApiError(533, 'No host has 4 GiB free'), fields), undefined);
  assert.equal(fieldOf(new ApiError(431, 'missing parameter hostid'), fields), undefined);
});
