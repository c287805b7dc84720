import assert from 'node:assert/strict';
import test from 'node:test';
import { demandOf, needsOf } from './needs.ts';

test('nothing is asked for after the password where the server asks for nothing', () => {
  assert.deepEqual(needsOf({ is2faenabled: 'false', is2faverified: 'true' }), []);
});

test('a second factor that there is is asked for by its code, one that there is not is to be set up; a new password comes after it', () => {
  const asked = { is2faenabled: 'true', is2faverified: 'false' };
  assert.deepEqual(needsOf({ ...asked, providerfor2fa: 'totp', passwordchangerequired: true }), ['code', 'password']);
  assert.deepEqual(needsOf(asked), ['second-factor']);
});

test('a wrong code is refused as a missing one is, and asks for nothing new', () => {
  assert.equal(demandOf('listZones', 511), 'second-factor');
  assert.equal(demandOf('validateUserTwoFactorAuthenticationCode', 511), undefined);
  assert.equal(demandOf('setupUserTwoFactorAuthentication', 511), 'code');
  assert.deepEqual([demandOf('listZones', 401), demandOf('listZones', 431)], ['login', undefined]);
});
