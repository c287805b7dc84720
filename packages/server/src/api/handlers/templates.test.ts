import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { PeerError } from '@virtstack/protocol';
import { makeDomain } from '../../accounts/testing.ts';
import type { Values } from '../../http/testing.ts';
import { until } from '../../orchestration/testing/until.ts';
import { withZone } from '../../orchestration/testing/zone.ts';
import { type Speaker, speaker } from '../testing/people.ts';
import { statusOf } from './template-rows.ts';
import { admin } from './testing.ts';

const zone = await withZone();
const { make, list, refusal } = admin(zone.server);
const image = { name: 'debian', url: 'https://images.example/d.qcow2', format: 'QCOW2', hypervisor: 'KVM' };
const all = async (values: Values = {}) => (await list('listTemplates', { templatefilter: 'all', ...values })).items;
const refused = async (values: Values) => (await refusal('registerTemplate', { ...image, ...values })).text;
const settled = (id: string) =>
  until(
    async () => (await all({ id })).find((one) => one.downloaddetails.every((d) => d.downloadState !== 'DOWNLOAD_IN_PROGRESS')),
    'the download',
  );

test('a registered template is downloaded, then ready, with its sizes', async () => {
  const made = await make('registerTemplate', { ...image, hypervisor: 'kvm', 'details[0].virtualizationMode': 'hvm' });
  assert.deepEqual([made.status, made.isready, made.hypervisor], ['0% Downloaded', false, 'KVM']);
  const ready = await settled(made.id);
  assert.deepEqual([ready.status, ready.isready], ['Download Complete', true]);
  assert.deepEqual(ready.downloaddetails, [{ datastore: 's', downloadPercent: '100', downloadState: 'DOWNLOADED' }]);
  assert.deepEqual([ready.size, ready.physicalsize, ready.details], [2 ** 30, 10_000_000, { virtualizationMode: 'hvm' }]);
  assert.deepEqual([ready.zoneid, ready.ostypename, ready.passwordenabled, ready.tags], [zone.zoneId, '', false, []]);
});

test('a template that failed says why', async () => {
  zone.store.failure = new PeerError('refused', 'The address answers 404: there is no image. Look at the address.');
  const { id } = await make('registerTemplate', image);
  const failed = await settled(id);
  zone.store.failure = undefined;
  assert.deepEqual([failed.isready, /answers 404/.test(failed.status)], [false, true]);
  assert.deepEqual(failed.downloaddetails, [{ datastore: 's', downloadPercent: '0', downloadState: 'DOWNLOAD_ERROR' }]);
});

test('the image store is told the networks of one’s own, one by one', async () => {
  const name = 'secstorage.allowed.internal.sites';
  assert.deepEqual(zone.store.asked?.allowedNetworks, []);
  await make('updateConfiguration', { name, value: '10.1.0.0/16, fd00::/8' });
  await settled((await make('registerTemplate', image)).id);
  assert.deepEqual(zone.store.asked?.allowedNetworks, ['10.1.0.0/16', 'fd00::/8']);
  assert.match(
    (await refusal('updateConfiguration', { name, value: '10.1.0.0' })).text,
    /it is a comma-separated list of networks/,
  );
  await make('resetConfiguration', { name });
});

test('what cannot be downloaded is refused at once', async () => {
  assert.match(await refused({ url: 'ftp://images.example/d' }), /http:\/\/ and https:\/\//);
  assert.match(await refused({ url: 'file:///etc/passwd' }), /http:\/\/ and https:\/\//);
  assert.match(await refused({ url: 'https://me:secret@images.example/d' }), /would be shown/);
  assert.match(await refused({ hypervisor: 'VMware' }), /not one of this installation/);
  assert.match(await refused({ format: 'OVA' }), /it is one of QCOW2, RAW/);
});

test('a checksum is one', async () => {
  for (const checksum of ['abc', `{SHA-256}${'0'.repeat(40)}`, `{CRC}${'0'.repeat(32)}`, 'g'.repeat(32)])
    assert.match(await refused({ checksum }), /is none: write hex digits/, checksum);
  const { id } = await make('registerTemplate', { ...image, checksum: `{sha-256}${'0'.repeat(64)}` });
  assert.equal((await settled(id)).isready, true);
});

test('a virtualization mode is one', async () => {
  assert.match(await refused({ 'details[0].virtualizationMode': 'fast' }), /must be one of pv, pvh, hvm/);
  const { id } = await make('registerTemplate', image);
  const { text } = await refusal('updateTemplate', { id, 'details[0].virtualizationMode': 'fast' });
  assert.match(text, /must be one of pv, pvh, hvm/);
});

test('requireshvm is told again, and stands beside any mode', async () => {
  const pv = { ...image, 'details[0].virtualizationMode': 'pv' };
  assert.equal((await make('registerTemplate', image)).requireshvm, true);
  assert.equal((await make('registerTemplate', { ...pv, requireshvm: false })).requireshvm, false);
  const { id, requireshvm } = await make('registerTemplate', { ...pv, requireshvm: true });
  assert.equal(requireshvm, true);
  assert.equal((await make('updateTemplate', { id, requireshvm: false })).requireshvm, false);
  const [shown] = await all({ id });
  assert.deepEqual([shown!.requireshvm, shown!.details], [false, { virtualizationMode: 'pv' }]);
});

test('each filter shows what CloudStack’s does', async () => {
  const name = randomUUID();
  const [plain, featured, community] = await Promise.all(
    [{}, { ispublic: true, isfeatured: true }, { ispublic: true }].map((values) =>
      make('registerTemplate', { ...image, ...values, name }),
    ),
  );
  for (const one of [plain, featured, community]) await settled(one!.id);
  const shown = async (templatefilter: string) =>
    new Set((await list('listTemplates', { templatefilter, name })).items.map(({ id }) => id));
  const three = new Set([plain!.id, featured!.id, community!.id]);
  assert.deepEqual(await shown('featured'), new Set([featured!.id]));
  assert.deepEqual(await shown('community'), new Set([community!.id]));
  for (const filter of ['all', 'self', 'selfexecutable', 'executable']) assert.deepEqual(await shown(filter), three, filter);
  assert.deepEqual(await shown('sharedexecutable'), new Set());
});

test('what is not ready is not executable', async () => {
  const { id } = (await all({ isready: false }))[0]!;
  assert.equal((await list('listTemplates', { templatefilter: 'executable', id })).count, 0);
  assert.equal((await list('listTemplates', { templatefilter: 'self', id })).count, 1);
});

test('the filter must be named', async () => {
  assert.match((await refusal('listTemplates')).text, /missing parameter templatefilter/);
});

test('a template is changed, and its details go where that is said', async () => {
  const { id } = await make('registerTemplate', { ...image, 'details[0].a': 'b' });
  const [debian] = (await list('listOsTypes', { keyword: 'Linux 12' })).items;
  const changed = await make('updateTemplate', { id, name: 'renamed', ostypeid: debian!.id });
  assert.deepEqual([changed.name, changed.ostypename, changed.details], ['renamed', debian!.description, { a: 'b' }]);
  assert.deepEqual((await make('updateTemplate', { id, cleanupdetails: true })).details, {});
  const category = await all({ id, oscategoryid: debian!.oscategoryid });
  assert.equal(category.length, 1);
});

test('a deleted template is gone from the lists and from the store', async () => {
  const { id } = await make('registerTemplate', image);
  await settled(id);
  assert.equal((await make('deleteTemplate', { id })).success, true);
  assert.equal(
    (await all({ name: image.name })).some((one) => one.id === id),
    false,
  );
  assert.equal(
    (await all({ showremoved: true })).some((one) => one.id === id),
    true,
  );
  assert.equal(zone.store.images.has(id), false);
});

test('progress is that of the store that is furthest', () => {
  const creating = (progress: number) => ({ state: 'Creating', progress, error: null, zone_id: null, store: 's' });
  assert.equal(statusOf([creating(10), creating(40)]), '40% Downloaded');
  assert.equal(statusOf([{ ...creating(0), state: 'Failed', error: 'too large' }]), 'too large');
  assert.equal(statusOf([]), 'Not downloaded');
});

test('a template needs a store to be kept in', async () => {
  const dns = { dns1: '9.9.9.9', internaldns1: '9.9.9.9' };
  const { id: zoneid } = await make('createZone', { name: 'bare', networktype: 'Advanced', ...dns });
  assert.match(await refused({ zoneid }), /no image store that this zone uses: an admin adds one with addImageStore/);
});

test('a public template tells whose it is to those who know its owner, and nobody else', async () => {
  const { db } = zone.server.cloud;
  await makeDomain(db, 'firm');
  await makeDomain(db, 'rival');
  const maker = await speaker(zone.server, 'maker', 'User', '/firm/');
  const chief = await speaker(zone.server, 'chief', 'DomainAdmin', '/firm/');
  const rival = await speaker(zone.server, 'rival', 'User', '/rival/');
  const boss = await speaker(zone.server, 'boss', 'DomainAdmin', '/rival/');
  const made = await maker.call('registerTemplate', { ...image, zoneid: zone.zoneId, ispublic: true });
  const { id } = (made.template as { id: string }[])[0]!;
  await settled(id);
  await maker.make('createTags', { resourcetype: 'Template', resourceids: id, 'tags[0].key': 'os', 'tags[0].value': 'x' });
  const seen = async (who: Pick<Speaker, 'call'>) => {
    const { template } = await who.call('listTemplates', { templatefilter: 'executable', id });
    return (template as { tags: { key: string; account?: string }[]; account?: string; domain?: string }[])[0]!;
  };
  for (const who of [maker, chief, zone.server]) {
    const { account, domain, tags } = await seen(who);
    assert.deepEqual([account, domain, tags[0]!.account], ['maker', 'firm', 'maker']);
  }
  for (const who of [rival, boss]) {
    const shown = await seen(who);
    assert.equal(shown.tags[0]!.key, 'os');
    for (const secret of ['maker', 'firm', maker.accountId, maker.domainId])
      assert.ok(!JSON.stringify(shown).includes(secret), `${secret} is told`);
  }
});
