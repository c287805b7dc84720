import assert from 'node:assert/strict';
import test from 'node:test';
import { emptyDeployment, keyNameOf, paramsOf, pasteKey } from './deployment.ts';

const chosen = { ...emptyDeployment, zoneid: 'z', templateid: 't', serviceofferingid: 's' };

test('what was left empty is not sent', () => {
  assert.deepEqual(paramsOf(chosen), { zoneid: 'z', templateid: 't', serviceofferingid: 's' });
});

test('a network, a key and user data travel as the API wants them', () => {
  assert.deepEqual(paramsOf({ ...chosen, name: ' web ', networkids: 'n', keypair: 'k', userdata: '#!x' }), {
    zoneid: 'z',
    templateid: 't',
    serviceofferingid: 's',
    name: 'web',
    networkids: ['n'],
    keypair: 'k',
    userdata: 'IyF4',
  });
});

test('an instance of a project names it', () => {
  assert.equal(paramsOf(chosen, { projectid: 'p' }).projectid, 'p');
});

test('a pasted key without a name takes its comment', () => {
  const pasted = { ...chosen, keypair: pasteKey, newKey: 'ssh-ed25519 AAAA ann@laptop\n' };
  assert.equal(keyNameOf(pasted), 'ann@laptop');
  assert.equal(keyNameOf({ ...pasted, newKeyName: 'mine' }), 'mine');
});
