import assert from 'node:assert/strict';
import test from 'node:test';
import { withServer } from '../../http/testing.ts';
import { admin } from './testing.ts';

const { make, list, refusal } = admin(await withServer());

test('a service offering is made and found', async () => {
  const sizes = { cpunumber: 2, cpuspeed: 1500, memory: 2048, rootdisksize: 10 };
  const made = await make('createServiceOffering', { name: 'big', ...sizes, hosttags: 'ssd, fast', offerha: true });
  assert.deepEqual(
    [made.cpunumber, made.memory, made.rootdisksize, made.hosttags, made.offerha],
    [2, 2048, 10, 'ssd,fast', true],
  );
  assert.deepEqual([made.storagetype, made.displaytext], ['shared', 'big']);
  const atLeast = await list('listServiceOfferings', { cpunumber: 2, memory: 1024 });
  assert.deepEqual([atLeast.count, atLeast.items[0]!.id], [1, made.id]);
});

test('a service offering is renamed, loses its tags and goes', async () => {
  const { id } = await make('createServiceOffering', { name: 'a', cpunumber: 1, cpuspeed: 1, memory: 64, hosttags: 'ssd' });
  const changed = await make('updateServiceOffering', { id, name: 'another', hosttags: '' });
  assert.deepEqual([changed.name, changed.hosttags], ['another', '']);
  assert.equal((await make('deleteServiceOffering', { id })).success, true);
  assert.equal((await list('listServiceOfferings', { keyword: 'another' })).count, 0);
});

test('an offering that lacks a size, or is not in this version, is refused', async () => {
  const lacking = await refusal('createServiceOffering', { name: 'x', cpunumber: 1 });
  assert.match(lacking.text, /needs cpunumber, cpuspeed \(MHz\) and memory \(MiB\)/);
  assert.match((await refusal('createServiceOffering', { name: 'x', customized: true })).text, /not in this version/);
});

test('every installation has small offerings on the host’s own storage', async () => {
  const { items } = await list('listServiceOfferings', { storagetype: 'local' });
  assert.deepEqual(
    items.map(({ name, memory }) => [name, memory]),
    [
      ['Tiny Instance', 128],
      ['Small Instance', 512],
      ['Medium Instance', 1024],
    ],
  );
});

test('a disk offering has a size, or lets the user choose', async () => {
  const made = await make('createDiskOffering', { name: 'd', disksize: 7, tags: 'ssd' });
  assert.deepEqual([made.disksize, made.iscustomized, made.tags], [7, false, 'ssd']);
  assert.equal((await make('createDiskOffering', { name: 'c', customized: true })).iscustomized, true);
  assert.match((await refusal('createDiskOffering', { name: 'd' })).text, /disksize is missing/);
  const both = await refusal('createDiskOffering', { name: 'd', disksize: 7, customized: true });
  assert.match(both.text, /the offering has none/);
});

test('a deleted disk offering is not listed', async () => {
  const { id } = await make('createDiskOffering', { name: 'gone', disksize: 1 });
  assert.equal((await list('listDiskOfferings', { id })).count, 1);
  await make('deleteDiskOffering', { id });
  assert.equal((await list('listDiskOfferings', { keyword: 'gone' })).count, 0);
});

test('a disk offering is renamed, and asks for other pools', async () => {
  const { id } = await make('createDiskOffering', { name: 'before', disksize: 1, tags: 'ssd' });
  const changed = await make('updateDiskOffering', { id, name: 'after', displaytext: 'later', tags: '' });
  assert.deepEqual([changed.name, changed.displaytext, changed.tags, changed.disksize], ['after', 'later', '', 1]);
});
