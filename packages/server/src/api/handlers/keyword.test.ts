import assert from 'node:assert/strict';
import test from 'node:test';
import { seedId } from '../../db/seed.ts';
import { withZone } from '../../orchestration/testing/zone.ts';

const { api, server, zoneId } = await withZone();
const make = (name: string) =>
  api.job('createVolume', { name, zoneid: zoneId, diskofferingid: seedId('disk_offering', 'Custom'), size: 1 });
for (const name of ['Alpha-1', 'alpha-2', 'alpha-3', 'beta']) await make(name);
const found = async (keyword: string, page = 1, pagesize = 2) => {
  const items = await api.list('listVolumes', { keyword, page, pagesize, listall: true });
  return items.map(({ name }) => name);
};

test('what a keyword finds is counted whole, page by page, and beyond the last page', async () => {
  assert.deepEqual(await found('ALPHA'), ['Alpha-1', 'alpha-2']);
  assert.deepEqual(await found('ALPHA', 2), ['alpha-3']);
  const counted = async (page: number) =>
    (await server.call('listVolumes', { keyword: 'alpha', page, pagesize: 2, listall: true })).count;
  assert.deepEqual([await counted(1), await counted(2), await counted(3)], [3, 3, 3]);
});

test('a keyword finds states and types as it finds names', async () => {
  assert.equal((await found('allocat', 1, 10)).length, 4);
  assert.equal((await found('DATA', 1, 10)).length, 4);
  assert.deepEqual(await found('root', 1, 10), []);
});
