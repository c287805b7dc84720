import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { Values } from '../../http/testing.ts';
import { type Speaker, withWorks } from '../testing/people.ts';

const { zone, root, ann, bob, chief } = await withWorks();

const machine = async (whose: Speaker): Promise<string> =>
  (
    await whose.make('deployVirtualMachine', {
      ...{ zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, startvm: false },
    })
  ).id;
const tag = (key: string, value: string): Values => ({ 'tags[0].key': key, 'tags[0].value': value });
const on = (resourcetype: string, id: string): Values => ({ resourcetype, resourceids: id });
const pairs = (tags: readonly { key?: string | null | undefined; value?: string | null | undefined }[]) =>
  tags.map(({ key, value }) => `${key}=${value}`);

test('a machine shows its tags, is found by them, and takes them with it', async () => {
  const [id, other] = [await machine(ann), await machine(ann)];
  await ann.make('createTags', { ...on('uservm', id), ...tag('stage', 'live'), 'tags[1].key': 'team', 'tags[1].value': 'blue' });
  await ann.make('createTags', { ...on('UserVm', other), ...tag('stage', 'test') });
  const shown = (await ann.list('listVirtualMachines', { id })).items[0]!;
  assert.deepEqual(pairs(shown.tags), ['stage=live', 'team=blue']);
  assert.deepEqual(
    { ...shown.tags[0] },
    { ...shown.tags[0], resourcetype: 'UserVm', resourceid: id, account: 'ann', domainpath: 'ROOT/works' },
  );
  const found = async (values: Values) => (await ann.list('listVirtualMachines', values)).items.map((vm) => vm.id).sort();
  assert.deepEqual(await found(tag('stage', 'live')), [id]);
  assert.deepEqual(await found({ ...tag('stage', 'live'), 'tags[1].key': 'stage2', 'tags[1].value': 'x' }), [id]);
  assert.deepEqual(await found({ ...tag('team', 'blue'), 'tags[1].key': 'stage', 'tags[1].value': 'test' }), [id, other].sort());
  assert.deepEqual(await found(tag('stage', 'none')), []);
  assert.equal((await ann.list('listTags', { resourceid: id })).count, 2);
  await zone.server.cloud.db.updateTable('virtual_machine').set({ removed: sql<Date>`now()` }).where('id', '=', id).execute();
  assert.equal((await ann.list('listTags', { resourceid: id })).count, 0);
  assert.equal((await ann.list('listTags', { key: 'stage' })).count, 1);
});

test('every kind of thing that bears tags shows them', async () => {
  const image = { url: 'https://images.example/p.qcow2', format: 'QCOW2', hypervisor: 'KVM', name: 'mine' };
  const template = (await ann.make('registerTemplate', { ...image, zoneid: zone.zoneId }))!;
  const vm = await machine(ann);
  const volume = (await ann.list('listVolumes', { virtualmachineid: vm })).items[0]!;
  const domain = ann.domainId;
  const cases = [
    [ann, 'Template', template.id, 'listTemplates', { templatefilter: 'self' }],
    [ann, 'Volume', volume.id, 'listVolumes', {}],
    [root, 'Network', zone.networkId, 'listNetworks', {}],
    [root, 'Zone', zone.zoneId, 'listZones', {}],
    [chief, 'Domain', domain, 'listDomains', {}],
  ] as const;
  for (const [who, type, id, command, more] of cases) {
    await who.make('createTags', { ...on(type, id), ...tag('kind', type) });
    const { items } = await ann.list(command, { ...more, ...tag('kind', type) });
    assert.deepEqual(
      items.map((item) => [item.id, pairs(item.tags)]),
      [[id, [`kind=${type}`]]],
      command,
    );
    assert.deepEqual((await ann.list(command, { ...more, ...tag('kind', 'x') })).items, [], command);
  }
  await ann.make('createTags', { ...on('User', ann.userId), ...tag('kind', 'User') });
  assert.equal((await ann.list('listTags', { resourcetype: 'user' })).count, 1);
});

test('a tag is the thing’s owner’s, whoever put it there', async () => {
  const id = await machine(bob);
  await root.make('createTags', { ...on('UserVm', id), ...tag('by', 'root'), customer: 'c' });
  const { items } = await bob.list('listTags', { resourceid: id });
  assert.deepEqual([pairs(items), items[0]!.account, items[0]!.customer], [['by=root'], 'bob', 'c']);
  assert.equal((await chief.list('listTags', { listall: true, key: 'by' })).count, 1);
  assert.equal((await chief.list('listTags', { key: 'by' })).count, 0);
  const events = (await bob.list('listEvents', { type: 'CREATE_TAGS', resourceid: id })).items;
  assert.deepEqual(events.map(({ username, state }) => `${username} ${state}`).sort(), [
    'admin Completed',
    'admin Scheduled',
    'admin Started',
  ]);
  await bob.make('deleteTags', { ...on('UserVm', id), 'tags[0].key': 'by' });
  assert.equal((await bob.list('listTags', { resourceid: id })).count, 0);
});

test('somebody else’s things are neither tagged nor seen by their tags: as if they were not there', async () => {
  const id = await machine(ann);
  await ann.make('createTags', { ...on('UserVm', id), ...tag('secret', 'word') });
  const none = randomUUID();
  for (const [command, values] of [
    ['createTags', tag('a', 'b')],
    ['deleteTags', {}],
    ['deleteTags', tag('secret', 'word')],
  ] as const) {
    const [his, nobodys] = [
      await bob.refusal(command, { ...on('UserVm', id), ...values }),
      await bob.refusal(command, { ...on('UserVm', none), ...values }),
    ];
    assert.deepEqual({ ...his, text: his.text.replace(id, none) }, nobodys);
    assert.equal(his.code, 431);
  }
  assert.deepEqual(await bob.call('listTags', { listall: true, resourceid: id }), {});
  assert.deepEqual(await bob.call('listTags', { listall: true, key: 'secret' }), {});
  assert.deepEqual(await bob.call('listVirtualMachines', { listall: true, ...tag('secret', 'word') }), {});
  assert.equal((await bob.refusal('listTags', { account: 'ann', domainid: ann.domainId })).code, 531);
});

test('what one may use and not change one does not tag', async () => {
  const domain = await bob.refusal('createTags', { ...on('Domain', bob.domainId), ...tag('a', 'b') });
  const zoned = await bob.refusal('createTags', { ...on('Zone', zone.zoneId), ...tag('a', 'b') });
  const template = await bob.refusal('createTags', { ...on('Template', zone.templateId), ...tag('a', 'b') });
  for (const { code, text } of [domain, zoned, template]) assert.deepEqual([code, /does not exist/.test(text)], [431, true]);
});

test('what is no tag, or is there already, is refused in words', async () => {
  const id = await machine(bob);
  await bob.make('createTags', { ...on('UserVm', id), ...tag('a', 'b') });
  const why = async (values: Values) => (await bob.refusal('createTags', { ...on('UserVm', id), ...values })).text;
  assert.match(await why(tag('a', 'c')), /has already a tag a: delete that first/);
  assert.match(await why(tag('k', '')), /lacks its value/);
  assert.match(await why(tag('k', 'x'.repeat(256))), /at most 255 characters/);
  assert.match(await why({}), /missing parameter tags/);
  assert.match(await why({ ...tag('x', 'y'), resourceids: ',' }), /No thing is named/);
  assert.match(await why({ ...tag('x', 'y'), resourcetype: 'Moon' }), /it is one of UserVm, Template/);
  assert.match(await why({ ...tag('x', 'y'), resourceids: `${id},17` }), /does not exist/);
  assert.match(await why({ ...tag('x', 'y'), resourcetype: 'Volume' }), /does not exist/);
  assert.match(
    (await bob.refusal('deleteTags', { ...on('UserVm', id), ...tag('a', 'other') })).text,
    /None of these tags is there/,
  );
  assert.deepEqual(pairs((await bob.list('listTags', { resourceid: id })).items), ['a=b']);
  await bob.make('deleteTags', on('UserVm', id));
  assert.equal((await bob.list('listTags', { resourceid: id })).count, 0);
});

test('what a project has bears tags and events that its members see, where they ask for the project, and nobody else', async () => {
  const project = await ann.make('createProject', { name: 'p', displaytext: 'p' });
  const what = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, startvm: false };
  const { id } = await ann.make('deployVirtualMachine', { ...what, projectid: project.id });
  await ann.make('createTags', { ...on('UserVm', id), ...tag('in', 'project') });
  await ann.make('createTags', { ...on('Project', project.id), ...tag('the', 'project') });
  await ann.make('addAnnotation', { entitytype: 'VM', entityid: id, annotation: 'ours' });
  const shown = (await ann.list('listTags', { projectid: project.id, key: 'in' })).items;
  assert.deepEqual(
    [pairs(shown), shown[0]!.projectid, shown[0]!.project, shown[0]!.account],
    [['in=project'], project.id, 'p', undefined],
  );
  assert.equal((await ann.list('listTags', { key: 'in' })).count, 0);
  assert.deepEqual(
    (await ann.list('listProjects', tag('the', 'project'))).items.map((one) => pairs(one.tags)),
    [['the=project']],
  );
  const seen = async (who: Speaker) => [
    (await who.list('listEvents', { projectid: '-1', resourceid: id, type: 'VM.CREATE' })).count,
    (await who.list('listTags', { projectid: '-1', key: 'in' })).count,
    (await who.list('listAnnotations', { entitytype: 'VM', entityid: id })).count,
  ];
  assert.deepEqual(await seen(bob), [0, 0, 0]);
  await ann.make('addAccountToProject', { projectid: project.id, account: 'bob' });
  const [invitation] = (await bob.list('listProjectInvitations')).items;
  if (invitation) await bob.make('updateProjectInvitation', { projectid: project.id, account: 'bob', accept: true });
  assert.deepEqual(await seen(bob), [3, 1, 1]);
});

test('tags follow their thing to a new owner', async () => {
  const id = await machine(ann);
  await ann.make('createTags', { ...on('UserVm', id), ...tag('goes', 'along') });
  await zone.server.cloud.db.updateTable('virtual_machine').set({ account_id: bob.accountId }).where('id', '=', id).execute();
  assert.equal((await ann.list('listTags', { key: 'goes' })).count, 0);
  assert.equal((await bob.list('listTags', { key: 'goes' })).count, 1);
});

test('a key is the same in whatever letters: set once, found and taken away as anybody writes it', async () => {
  const id = await machine(ann);
  await ann.make('createTags', { ...on('UserVm', id), ...tag('CostCenter', 'Blue') });
  const again = await ann.refusal('createTags', { ...on('UserVm', id), ...tag('costcenter', 'red') });
  assert.match(again.text, /has already a tag costcenter/);
  const twice = { ...tag('Tier', 'a'), 'tags[1].key': 'tier', 'tags[1].value': 'b' };
  assert.match(
    (await ann.refusal('createTags', { ...on('UserVm', id), ...twice })).text,
    /two tags Tier: a key is the same in whatever/,
  );
  const found = async (values: Values) => (await ann.list('listVirtualMachines', values)).items.map((vm) => vm.id);
  assert.deepEqual(await found(tag('COSTCENTER', 'blue')), [id]);
  const listed = await ann.list('listTags', { key: 'costcenter', value: 'BLUE' });
  assert.deepEqual(pairs(listed.items), ['CostCenter=Blue'], 'it is shown as it was written');
  assert.match(
    (await ann.refusal('deleteTags', { ...on('UserVm', id), ...tag('costcenter', 'red') })).text,
    /None of these tags/,
  );
  await ann.make('deleteTags', { ...on('UserVm', id), ...tag('costcenter', 'BLUE') });
  assert.equal((await ann.list('listTags', { resourceid: id })).count, 0);
});

test('of many that set a key at once in different letters one does', async () => {
  const id = await machine(ann);
  const keys = ['owner', 'Owner', 'OWNER', 'oWner'];
  const answers = await Promise.all(keys.map((key) => ann.call('createTags', { ...on('UserVm', id), ...tag(key, 'x') })));
  assert.equal(answers.filter(({ errorcode }) => errorcode === undefined).length, 1);
  assert.equal((await ann.list('listTags', { resourceid: id })).count, 1);
});
