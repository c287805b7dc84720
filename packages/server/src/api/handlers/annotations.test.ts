import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { speaker, withWorks } from '../testing/people.ts';
import type { Admin } from './testing.ts';

const { zone, root, ann, bob, chief } = await withWorks();
const what = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId };
const { id: machine } = await ann.make('deployVirtualMachine', { ...what, name: 'web', startvm: false });

const on = (entitytype: string, entityid: string) => ({ entitytype, entityid });
const said = async (who: Admin, values = {}) => (await who.list('listAnnotations', values)).items.map((one) => one.annotation);

test('a comment is read by those who see what it is on, with who wrote it', async () => {
  const made = await ann.make('addAnnotation', { ...on('vm', machine), annotation: 'restarts at night' });
  assert.deepEqual(
    [made.entitytype, made.entityid, made.entityname, made.username, made.adminsonly],
    ['VM', machine, 'web', 'ann', false],
  );
  await root.make('addAnnotation', { ...on('VM', machine), annotation: 'seen' });
  for (const who of [ann, chief, root]) assert.deepEqual(await said(who, on('VM', machine)), ['seen', 'restarts at night']);
  assert.deepEqual(await said(ann, { ...on('VM', machine), annotationfilter: 'self' }), ['restarts at night']);
  assert.deepEqual(await said(ann, { userid: ann.userId, keyword: 'night' }), ['restarts at night']);
  assert.deepEqual(await said(ann, on('VOLUME', machine)), []);
});

test('somebody else’s thing has no comments for one, and takes none: as if it were not there', async () => {
  const made = await ann.make('addAnnotation', { ...on('VM', machine), annotation: 'mine' });
  const none = randomUUID();
  assert.deepEqual(await said(bob), []);
  assert.deepEqual(await said(bob, on('VM', machine)), []);
  assert.deepEqual(await said(bob, { id: made.id }), []);
  const same = async (command: 'addAnnotation' | 'removeAnnotation', his: object, nobodys: object) => {
    const [one, other] = [await bob.refusal(command, { ...his }), await bob.refusal(command, { ...nobodys })];
    assert.deepEqual({ ...one, text: one.text.replaceAll(machine, none).replaceAll(made.id, none) }, other);
    assert.equal(one.code, 431);
  };
  await same('addAnnotation', { ...on('VM', machine), annotation: 'x' }, { ...on('VM', none), annotation: 'x' });
  await same('removeAnnotation', { id: made.id }, { id: none });
  assert.equal((await bob.refusal('removeAnnotation', { id: '17' })).code, 431);
  assert.match((await bob.refusal('addAnnotation', { ...on('ZONE', zone.zoneId), annotation: 'x' })).text, /does not exist/);
});

test('what admins alone see is not there for the owner of the thing, nor for his domain’s admin', async () => {
  const { id } = await root.make('addAnnotation', { ...on('VM', machine), annotation: 'watch him', adminsonly: true });
  assert.ok((await said(root, on('VM', machine))).includes('watch him'));
  for (const who of [ann, chief]) {
    assert.ok(!(await said(who, { listall: true })).includes('watch him'));
    assert.deepEqual(await said(who, { id }), []);
    const none = randomUUID();
    const [hidden, absent] = [await who.refusal('removeAnnotation', { id }), await who.refusal('removeAnnotation', { id: none })];
    assert.deepEqual({ ...hidden, text: hidden.text.replace(id, none) }, absent);
  }
  assert.equal((await ann.refusal('addAnnotation', { ...on('VM', machine), annotation: 'x', adminsonly: true })).code, 531);
  assert.equal((await ann.refusal('updateAnnotationVisibility', { id, adminsonly: false })).code, 432);
  assert.equal((await root.make('updateAnnotationVisibility', { id, adminsonly: false })).adminsonly, false);
  assert.deepEqual(await said(ann, { id }), ['watch him']);
});

test('who wrote a comment removes it, and admins; the thing’s owner does not remove another’s', async () => {
  const [his, roots] = [
    await ann.make('addAnnotation', { ...on('VM', machine), annotation: 'a' }),
    await root.make('addAnnotation', { ...on('VM', machine), annotation: 'b' }),
  ];
  assert.match((await ann.refusal('removeAnnotation', { id: roots.id })).text, /admin wrote this comment/);
  assert.equal((await ann.make('removeAnnotation', { id: his.id })).annotation, 'a');
  await chief.make('removeAnnotation', { id: roots.id });
  assert.deepEqual([await said(root, { id: his.id }), await said(root, { id: roots.id })], [[], []]);
});

test('comments on hosts and zones are the admins’, and go with what they are on', async () => {
  const above = await speaker(zone.server, 'above', 'DomainAdmin', '/');
  const pod = await root.make('createPod', {
    name: 'second',
    zoneid: zone.zoneId,
    gateway: '198.51.100.1',
    netmask: '255.255.255.0',
    startip: '198.51.100.2',
  });
  await root.make('addAnnotation', { ...on('POD', pod.id), annotation: 'cold' });
  assert.deepEqual([await said(root, on('POD', pod.id)), await said(chief)], [['cold'], await said(chief, on('VM', machine))]);
  assert.deepEqual([await said(above, on('POD', pod.id)), (await said(above)).includes('cold')], [[], false]);
  assert.ok((await said(above)).length > 0);
  await root.make('deletePod', { id: pod.id });
  assert.deepEqual(await said(root, on('POD', pod.id)), []);
});

test('a host shows its latest comment, which updateHost writes too', async () => {
  const { id } = await zone.addHost();
  await root.make('addAnnotation', { ...on('HOST', id), annotation: 'old disk' });
  assert.equal((await root.make('updateHost', { id, annotation: 'new disk' })).annotation, 'new disk');
  assert.equal((await root.list('listHosts', { id })).items[0]!.annotation, 'new disk');
  assert.deepEqual(await said(root, on('HOST', id)), ['new disk', 'old disk']);
});

test('a comment says something, and on what', async () => {
  const why = async (values: object) => (await ann.refusal('addAnnotation', { ...values })).text;
  assert.match(await why(on('VM', machine)), /says nothing/);
  assert.match(await why({ annotation: 'x', entityid: machine }), /missing parameter entitytype/);
  assert.match(await why({ annotation: 'x', entitytype: 'VM' }), /name it by entitytype and entityid/);
  assert.match(await why({ annotation: 'x', ...on('MOON', machine) }), /it is one of VM, VOLUME/);
});

test('what has a comment says so, to those who may read it', async () => {
  const { id } = await ann.make('deployVirtualMachine', { ...what, startvm: false });
  const marked = async (who: Admin) => {
    const { items } = await who.list('listVirtualMachines', { listall: true });
    return items.filter((vm) => vm.id === id).map((vm) => vm.hasannotations);
  };
  assert.deepEqual([await marked(ann), await marked(root)], [[false], [false]]);
  const hidden = await root.make('addAnnotation', { ...on('VM', id), annotation: 'watch', adminsonly: true });
  assert.deepEqual([await marked(ann), await marked(chief), await marked(root)], [[false], [false], [true]]);
  await root.make('updateAnnotationVisibility', { id: hidden.id, adminsonly: false });
  assert.deepEqual([await marked(ann), await marked(chief), await marked(bob)], [[true], [true], []]);
  assert.equal((await ann.make('updateVirtualMachine', { id, displayname: 'x' })).hasannotations, true);
  await root.make('removeAnnotation', { id: hidden.id });
  assert.deepEqual([await marked(ann), await marked(root)], [[false], [false]]);
});

test('everything that comments can be on says whether there is one; of what is the admins’ others are told none', async () => {
  const { id: podId } = (await root.list('listPods')).items[0]!;
  const { id: offering } = (await root.list('listDiskOfferings')).items[0]!;
  await ann.make('createSSHKeyPair', { name: 'noted' });
  const { id: key } = (await ann.list('listSSHKeyPairs', { name: 'noted' })).items[0]!;
  const things = [
    ['ZONE', 'listZones', zone.zoneId],
    ['POD', 'listPods', podId],
    ['CLUSTER', 'listClusters', zone.clusterId],
    ['NETWORK', 'listNetworks', zone.networkId],
    ['SERVICE_OFFERING', 'listServiceOfferings', zone.offeringId],
    ['DISK_OFFERING', 'listDiskOfferings', offering],
    ['DOMAIN', 'listDomains', ann.domainId],
    ['SSH_KEYPAIR', 'listSSHKeyPairs', key],
  ] as const;
  for (const [type, command, id] of things) {
    const told = async (who: Admin) =>
      ((await who.list(command, { id })).items as readonly { hasannotations: boolean }[]).map((one) => one.hasannotations);
    assert.deepEqual(await told(root), [false], command);
    await root.make('addAnnotation', { ...on(type, id), annotation: 'x' });
    assert.deepEqual(await told(root), [true], command);
    if (['ZONE', 'NETWORK', 'SERVICE_OFFERING'].includes(type)) assert.deepEqual(await told(ann), [false], command);
  }
  assert.deepEqual(
    (await ann.list('listSSHKeyPairs', { name: 'noted' })).items.map((one) => one.hasannotations),
    [true],
  );
});

test('who may not list comments is told of none', async () => {
  const { id: roleid } = await root.make('createRole', { name: 'no comments', type: 'User' });
  for (const rule of ['listVirtualMachines', 'queryAsyncJobResult'])
    await root.make('createRolePermission', { roleid, rule, permission: 'allow' });
  await root.make('addAnnotation', { ...on('VM', machine), annotation: 'seen' });
  const marked = async () => (await ann.list('listVirtualMachines', { id: machine })).items[0]!.hasannotations;
  assert.equal(await marked(), true);
  await root.make('updateAccount', { id: ann.accountId, roleid });
  assert.equal(await marked(), false);
});
