import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrList } from './cidr-list.ts';

test('a list of networks of both families is read, with room around its commas', () => {
  assert.deepEqual(cidrList('10.0.0.0/8, 192.168.7.9/32,fd00::/8'), ['10.0.0.0/8', '192.168.7.9/32', 'fd00::/8']);
  assert.deepEqual(cidrList(' '), []);
});

test('a list with one entry that is no network is none', () => {
  for (const entry of [
    '10.0.0.1',
    '10.0.0.0/33',
    '10.0.0/8',
    'localhost/32',
    'fd00::/129',
    '',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8;',
  ])
    assert.equal(cidrList(`10.0.0.0/8,${entry}`), undefined, entry);
});
