import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { PeerError } from '@virtstack/protocol';
import { forget } from '../retention.ts';
import { type Speaker, speaker, withWorks } from '../testing/people.ts';
import type { Admin } from './testing.ts';

const { zone, root, ann, bob, chief } = await withWorks();

const machine = (whose: Speaker, name: string) =>
  whose.make('deployVirtualMachine', {
    ...{ zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, startvm: false, name },
  });
const told = async (who: Admin, values = {}) => (await who.list('listEvents', { ...values })).items;

/** An event as it was written so many seconds ago. */
async function written(
  whose: Speaker,
  seconds: number,
  more: { state?: string; start_id?: string; type?: string } = {},
): Promise<string> {
  const id = randomUUID();
  const row = {
    id,
    type: 'OLD',
    level: 'INFO',
    state: 'Scheduled',
    description: 'written',
    account_id: whose.accountId,
    domain_id: whose.domainId,
  };
  await zone.server.cloud.db
    .insertInto('event')
    .values({ ...row, ...more, created: new Date(Date.now() - seconds * 1000) })
    .execute();
  return id;
}

test('the events of a job are one chain about one thing, which its owner finds by any of them', async () => {
  const { id } = await machine(ann, 'web');
  const chain = await told(ann, { resourceid: id, resourcetype: 'virtualmachine', type: 'VM.CREATE' });
  assert.deepEqual(chain.map(({ state }) => state).sort(), ['Completed', 'Scheduled', 'Started']);
  const first = chain.find(({ state }) => state === 'Scheduled')!;
  assert.ok(chain.every((event) => event.id === first.id || event.parentid === first.id));
  assert.deepEqual(
    (await told(ann, { startid: first.id })).map((event) => event.id).sort(),
    chain.map((event) => event.id).sort(),
  );
  for (const event of chain)
    assert.deepEqual(
      [event.username, event.account, event.domainpath, event.resourcetype, event.resourcename, event.archived],
      ['ann', 'ann', 'ROOT/works', 'VirtualMachine', 'web', false],
    );
});

test('what an admin does to somebody’s machine stands in its owner’s events, with the admin’s name', async () => {
  const { id } = await machine(ann, 'told');
  await root.make('updateVirtualMachine', { id, displayname: 'renamed' });
  const refused = await root.refusal('updateVirtualMachine', { id, userdata: '!!' });
  const [failed] = await told(ann, { resourceid: id, level: 'ERROR' });
  assert.deepEqual([failed!.username, failed!.state, failed!.resourcename], ['admin', 'Completed', 'renamed']);
  assert.ok(failed!.description.endsWith(refused.text));
  await root.make('destroyVirtualMachine', { id });
  const [updated] = await told(ann, { resourceid: id, type: 'VM.UPDATE' });
  assert.deepEqual([updated!.username, updated!.account, updated!.state], ['admin', 'ann', 'Completed']);
  const destroyed = await told(ann, { resourceid: id, type: 'VM.DESTROY' });
  assert.deepEqual(destroyed.map(({ username, state }) => `${username} ${state}`).sort(), [
    'admin Completed',
    'admin Scheduled',
    'admin Started',
  ]);
  assert.deepEqual(await told(root, { resourceid: id }), []);
  assert.equal((await told(root, { resourceid: id, listall: true, type: 'VM.DESTROY' })).length, 3);
});

test('why an admin’s job on it failed is told to the owner in the words that are for him', async () => {
  const dora = await speaker(zone.server, 'dora', 'User', '/works/');
  const { host } = await zone.addHost();
  const { id } = await machine(dora, 'full');
  const words = 'The image needs 4096 MiB, /var/lib/secret-pool has 12 MiB free.';
  host.failures.push({ method: 'volume/create', when: 'before', error: new PeerError('disk-full', words) });
  const job = await zone.server.job('startVirtualMachine', { id });
  assert.equal(job.jobresult.errortext, words);
  const [failed] = await told(dora, { resourceid: id, type: 'VM.START', level: 'error' });
  assert.match(failed!.description, /Error while running startVirtualMachine .*: The storage of the host is full/);
  assert.doesNotMatch(JSON.stringify(await told(dora, { resourceid: id })), /secret-pool/);
});

test('foreign events are seen by nobody: neither listed, nor named, nor put away', async () => {
  const { id } = await machine(ann, 'private');
  const [event] = await told(ann, { resourceid: id });
  for (const values of [{ listall: true }, {}, { listall: true, resourcetype: 'VirtualMachine' }])
    assert.deepEqual(await told(bob, { ...values, resourceid: id }), []);
  assert.ok((await told(chief, { listall: true, resourceid: id })).length > 0);
  const none = randomUUID();
  for (const [command, name] of [
    ['listEvents', 'id'],
    ['listEvents', 'startid'],
    ['archiveEvents', 'ids'],
    ['deleteEvents', 'ids'],
  ] as const) {
    const [his, nobodys] = [await bob.refusal(command, { [name]: event!.id }), await bob.refusal(command, { [name]: none })];
    assert.deepEqual({ ...his, text: his.text.replace(event!.id, none) }, nobodys);
  }
  await bob.make('deleteEvents', { enddate: '2100-01-01' });
  await bob.make('archiveEvents', { enddate: '2100-01-01' });
  assert.equal((await told(ann, { id: event!.id }))[0]!.archived, false);
});

test('events that were put away are shown where they are asked for, deleted ones nowhere', async () => {
  const [away, gone] = [await written(bob, 0), await written(bob, 0)];
  assert.match((await bob.refusal('deleteEvents')).text, /does not say which/);
  await bob.make('archiveEvents', { ids: away });
  await bob.make('deleteEvents', { ids: gone, type: 'OLD' });
  assert.deepEqual(await told(bob, { type: 'OLD' }), []);
  assert.deepEqual(
    (await told(bob, { type: 'OLD', archived: true })).map(({ id, archived }) => [id, archived]),
    [[away, true]],
  );
  await bob.make('deleteEvents', { type: 'OLD', enddate: '2000-01-01' });
  assert.equal((await told(bob, { type: 'OLD', archived: true })).length, 1);
});

test('jobs that take long are found by when they were asked for', async () => {
  const begun = await written(bob, 500, { type: 'SLOW' });
  const done = await written(bob, 500, { type: 'SLOW' });
  await written(bob, 10, { type: 'SLOW' });
  await written(bob, 400, { type: 'SLOW', state: 'Completed', start_id: done });
  await written(bob, 5000, { type: 'SLOW' });
  assert.deepEqual(
    (await told(bob, { type: 'SLOW', entrytime: 1000, duration: 100 })).map(({ id }) => id),
    [begun],
  );
  assert.match((await bob.refusal('listEvents', { entrytime: 10 })).text, /go together/);
  assert.match((await bob.refusal('listEvents', { entrytime: 10, duration: 10 })).text, /must be greater/);
});

test('events and alerts are kept for as many days as the settings say', async () => {
  const day = 86_400;
  const [old, young] = [await written(ann, 31 * day, { type: 'AGED' }), await written(ann, 29 * day, { type: 'AGED' })];
  await forget(zone.server.cloud);
  assert.deepEqual(
    (await told(ann, { type: 'AGED' })).map(({ id }) => id),
    [young],
  );
  assert.notEqual(old, young);
  await root.make('updateConfiguration', { name: 'event.purge.delay', value: '28' });
  await forget(zone.server.cloud);
  assert.deepEqual(await told(ann, { type: 'AGED' }), []);
});

test('the types of events are told, among them those of every command', async () => {
  const { items, count } = await ann.list('listEventTypes');
  const names = items.map(({ name }) => name);
  assert.equal(count, names.length);
  for (const name of ['VM.CREATE', 'CREATE_TAGS', 'USER.LOGIN'])
    assert.equal(names.filter((one) => one === name).length, 1, name);
});
