import assert from 'node:assert/strict';
import test from 'node:test';
import { virtualMachine } from './commands/virtual-machine-answer.ts';
import { body, envelopeOf, format, formatDate } from './format.ts';

test('a date is told in seconds of UTC, without a colon', () => {
  assert.equal(formatDate(new Date('2026-11-23T07:17:01.999+01:00')), '2026-11-23T06:17:01+0000');
});

test('what is absent is left out, whether null or undefined; what is not declared too', () => {
  const row = { id: 'a', name: undefined, hostid: null, memory: 0, haenable: false, secret: 'x' };
  assert.deepEqual(format(virtualMachine, row), { id: 'a', haenable: false, memory: 0 });
});

test('nested objects are told by their own declarations', () => {
  const created = new Date(0);
  const row = { created, nic: [{ id: 'n', ipaddress: '10.0.0.2', isdefault: true, other: 1 }], tags: [] };
  assert.deepEqual(format(virtualMachine, row), {
    created: '1970-01-01T00:00:00+0000',
    nic: [{ id: 'n', ipaddress: '10.0.0.2', isdefault: true }],
    tags: [],
  });
});

test('an empty list is an empty object', () => {
  assert.deepEqual(body('listZones', { count: 0, items: [] }), {});
});

test('a list tells how many there are, not how many it shows', () => {
  assert.deepEqual(body('listZones', { count: 7, items: [{ id: 'z' }] }), { count: 7, zone: [{ id: 'z' }] });
});

test('a page beyond the end keeps its key', () => {
  assert.deepEqual(body('listZones', { count: 7, items: [] }), { count: 7, zone: [] });
});

test('what is made stands under its own key, or in a list where CloudStack answers one', () => {
  assert.deepEqual(body('createZone', { id: 'z' }), { zone: { id: 'z' } });
  assert.deepEqual(body('addCluster', { id: 'c' }), { count: 1, cluster: [{ id: 'c' }] });
  assert.deepEqual(body('addHost', [{ id: 'h' }]), { count: 1, host: [{ id: 'h' }] });
  assert.deepEqual(body('registerSSHKeyPair', { name: 'k' }), { keypair: { name: 'k' } });
});

test('success, sessions and jobs stand in the envelope itself', () => {
  assert.deepEqual(body('deleteZone', { success: true }), { success: true });
  assert.deepEqual(body('queryAsyncJobResult', { jobstatus: 1, jobresult: { success: true } }), {
    jobstatus: 1,
    jobresult: { success: true },
  });
  assert.deepEqual(body('login', { sessionkey: 's' }), { sessionkey: 's' });
});

test('the envelope is the command in lower case', () => {
  assert.equal(envelopeOf('listVirtualMachines'), 'listvirtualmachinesresponse');
});
