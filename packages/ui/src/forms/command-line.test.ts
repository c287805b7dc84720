import assert from 'node:assert/strict';
import test from 'node:test';
import { cmk, http } from './command-line.ts';

test('a command is split into cmk’s verb and noun, and values are quoted for a shell', () => {
  const params = { name: "it's", zoneid: 'z-1', networkids: ['a', 'b'], details: { mode: 'pvh' }, hostid: undefined };
  assert.equal(
    cmk('deployVirtualMachine', params),
    "cmk deploy virtualmachine name='it'\\''s' zoneid=z-1 networkids=a,b details[0].mode=pvh",
  );
});

test('the HTTP form encodes values', () => {
  assert.equal(http('stopVirtualMachine', { id: 'a b' }), 'POST /client/api/\ncommand=stopVirtualMachine&id=a+b&response=json');
});
