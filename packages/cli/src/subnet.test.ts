import assert from 'node:assert/strict';
import { it } from 'node:test';
import { firstFree } from './subnet.ts';

it('the first network that no route knows is taken', () => {
  assert.equal(firstFree([])?.gateway, '10.1.1.1');
  assert.equal(firstFree(['default', '192.168.0.0/16', '10.1.1.7'])?.gateway, '10.1.2.1');
  assert.equal(firstFree(['10.1.0.0/23', '10.1.2.0/24'])?.gateway, '10.1.3.1');
  assert.deepEqual(firstFree(['10.1.1.0/24']), {
    gateway: '10.1.2.1',
    netmask: '255.255.255.0',
    start: '10.1.2.10',
    end: '10.1.2.250',
  });
});

it('where all are taken there is none', () => {
  assert.equal(firstFree(['10.0.0.0/8']), undefined);
});
