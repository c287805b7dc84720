import assert from 'node:assert/strict';
import test from 'node:test';
import type { CommandName } from '@virtstack/contract';
import { ApiError } from './error.ts';
import { demandOf, needsOf } from './needs.ts';

test('nothing is asked for after the password where the server asks for nothing', () => {
  assert.deepEqual(needsOf({ is2faenabled: 'false', is2faverified: 'true' }), []);
});

test('a second factor that there is is asked for by its code, one that there is not is to be set up; a new password comes after it', () => {
  const asked = { is2faenabled: 'true', is2faverified: 'false' };
  assert.deepEqual(needsOf({ ...asked, providerfor2fa: 'totp', passwordchangerequired: true }), ['code', 'password']);
  assert.deepEqual(needsOf(asked), ['second-factor']);
});

const demanded = (command: CommandName, status: number, text = '') => demandOf(command, new ApiError(status, text));

test('a wrong code is refused as a missing one is, and asks for nothing new', () => {
  assert.equal(demanded('listZones', 511), 'second-factor');
  assert.equal(demanded('validateUserTwoFactorAuthenticationCode', 511), undefined);
  assert.equal(demanded('setupUserTwoFactorAuthentication', 511), 'code');
  assert.deepEqual([demanded('listZones', 401), demanded('listZones', 431)], ['login', undefined]);
});

test('of what an account may not do, one refusal asks for a new password', () => {
  assert.equal(demanded('listZones', 531, 'You must change your password before anything else: call updateUser …'), 'password');
  assert.equal(demanded('listZones', 531, 'You may not list what belongs to the account ben.'), undefined);
});
