import assert from 'node:assert/strict';
import test from 'node:test';
import { keyAddress, spelled } from './key-address.ts';

test('an app reads who issued the secret and for whom, whatever their names contain', () => {
  assert.equal(
    keyAddress('Strict Co', 'ann@firm', 'ABCD'),
    'otpauth://totp/Strict%20Co:ann%40firm?secret=ABCD&issuer=Strict%20Co',
  );
  assert.equal(keyAddress('', 'ann', 'ABCD'), 'otpauth://totp/ann?secret=ABCD');
});

test('a secret is spelled in groups of four', () => {
  assert.equal(spelled('ABCDEFGHIJ'), 'ABCD EFGH IJ');
});
