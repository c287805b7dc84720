import assert from 'node:assert/strict';
import test from 'node:test';
import { base64, encode } from './encode.ts';

test('lists are joined, maps and lists of maps are numbered, absent values are left out', () => {
  const form = encode({
    ids: ['a', 'b'],
    details: { x: '1' },
    nics: [{ ip: '10.0.0.1' }],
    forced: false,
    name: '',
    hostid: undefined,
  });
  assert.deepEqual(
    [...form],
    [
      ['ids', 'a,b'],
      ['details[0].x', '1'],
      ['nics[0].ip', '10.0.0.1'],
      ['forced', 'false'],
    ],
  );
});

test('user data travels as base64 of UTF-8', () => {
  assert.equal(Buffer.from(base64('#cloud-config\nü€'), 'base64').toString(), '#cloud-config\nü€');
});
