import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import type { Values } from '../../http/testing.ts';
import { sealFields } from '../job-result.ts';
import { type Speaker, speaker, type Works, withWorks } from '../testing/people.ts';

/** Ann and Bob are members of a project, Eve of the same domain is none; the chief is their domain's admin. */
let works: Works;
let eve: Speaker;
let projectid: string;
before(async () => {
  works = await withWorks();
  await works.zone.addHost();
  eve = await speaker(works.zone.server, 'eve', 'User', '/works/');
  projectid = (await works.ann.make('createProject', { name: 'shop', displaytext: 'shop' })).id;
  await works.ann.make('addAccountToProject', { projectid, account: 'bob' });
});

const machine = (more: Values = {}): Values => {
  const { zoneId: zoneid, offeringId: serviceofferingid, templateId: templateid } = works.zone;
  return { zoneid, serviceofferingid, templateid, ...more };
};
const since = { startdate: '2020-01-01' };
type Asks = Pick<Speaker, 'call'>;
const root = (): Asks => works.zone.server;
const query = (who: Asks, jobid: string) => who.call('queryAsyncJobResult', { jobid });
const listed = async (who: Asks, jobid: string, values: Values = {}): Promise<boolean> => {
  const { asyncjobs = [] } = (await who.call('listAsyncJobs', { ...since, ...values })) as { asyncjobs?: { jobid: string }[] };
  return asyncjobs.some((job) => job.jobid === jobid);
};
/** Asks for a job and waits for its end; answers its id. */
async function done(who: Asks, command: string, values: Values): Promise<string> {
  const { jobid, errortext } = await who.call(command, values);
  assert.ok(jobid, errortext);
  while ((await query(who, jobid)).jobstatus === 0);
  return jobid;
}
const lastAbout = async (id: string, command: string): Promise<string> =>
  (
    await works.zone.server.cloud.db
      .selectFrom('job')
      .select('id')
      .where('instance_id', '=', id)
      .where('command', '=', command)
      .orderBy('number', 'desc')
      .executeTakeFirstOrThrow()
  ).id;
/** He is answered as for an id that names nothing. */
async function doesNotKnow(who: Asks, jobid: string): Promise<void> {
  const nothing = randomUUID();
  const [asked, unknown] = [await query(who, jobid), await query(who, nothing)];
  assert.equal(JSON.stringify(asked).replaceAll(jobid, nothing), JSON.stringify(unknown));
  assert.match(String(asked.errortext), /entity does not exist/);
  assert.equal(await listed(who, jobid, { listall: true }), false);
}

let vm: string;
test('a job about a project’s thing is seen by all its members, with its result, and by nobody else', async () => {
  const { ann, bob, chief } = works;
  const jobid = await done(bob, 'deployVirtualMachine', machine({ projectid, name: 'till' }));
  const seen = await query(ann, jobid);
  const { virtualmachine } = seen.jobresult as { virtualmachine: Record<string, string> };
  vm = virtualmachine.id!;
  assert.deepEqual([seen.jobstatus, seen.jobinstanceid, virtualmachine.name, virtualmachine.project], [1, vm, 'till', 'shop']);
  assert.equal((await ann.call('queryAsyncJobResult', { resourceid: vm, resourcetype: 'VirtualMachine' })).jobid, jobid);
  await doesNotKnow(eve, jobid);
  assert.equal((await query(chief, jobid)).account, 'bob');
});

test('one’s own list has it; a member’s has it where he asks for all', async () => {
  const { ann, bob } = works;
  const jobid = await lastAbout(vm, 'deployVirtualMachine');
  assert.deepEqual([await listed(bob, jobid), await listed(bob, jobid, { listall: true })], [true, true]);
  assert.deepEqual([await listed(ann, jobid), await listed(ann, jobid, { listall: true })], [false, true]);
});

test('an admin’s job about it tells members neither where it runs nor who he is; him it tells both', async () => {
  const { ann, zone, chief } = works;
  const jobid = await done(root(), 'rebootVirtualMachine', { id: vm });
  const [his, members] = [await query(root(), jobid), await query(ann, jobid)];
  const machineOf = (job: typeof his) => (job.jobresult as { virtualmachine: Record<string, unknown> }).virtualmachine;
  assert.ok(machineOf(his).hostid && machineOf(his).hostname && machineOf(his).instancename);
  assert.deepEqual(
    ['hostid', 'hostname', 'instancename', 'foradmins'].filter((name) => name in machineOf(members)),
    [],
  );
  assert.deepEqual([machineOf(members).id, members.jobstatus, members.cmd], [vm, 1, 'rebootVirtualMachine']);
  assert.equal(his.account, 'admin');
  const admin = await zone.server.cloud.db
    .selectFrom('users')
    .selectAll()
    .where('username', '=', 'admin')
    .executeTakeFirstOrThrow();
  for (const secret of [admin.id, admin.account_id, machineOf(his).hostid as string])
    assert.doesNotMatch(JSON.stringify(members), new RegExp(secret));
  await doesNotKnow(eve, jobid);
  await doesNotKnow(chief, jobid);
});

test('an admin’s job about an account’s thing stays the admin’s', async () => {
  const own = (await works.bob.make('deployVirtualMachine', machine({ name: 'own' }))).id;
  const jobid = await done(root(), 'stopVirtualMachine', { id: own });
  await doesNotKnow(works.bob, jobid);
  const bobs = await done(works.bob, 'startVirtualMachine', { id: own });
  await doesNotKnow(works.ann, bobs);
});

test('why a job failed is told in the words for whoever reads it', async () => {
  const jobid = await lastAbout(vm, 'rebootVirtualMachine');
  const { db } = works.zone.server.cloud;
  const words = { error_code: 534, error_text: 'host kvm7 is away', error_public: 'a host is away' };
  await db
    .updateTable('job')
    .set({ status: 2, result: null, ...words })
    .where('id', '=', jobid)
    .execute();
  const text = async (who: Asks) => ((await query(who, jobid)).jobresult as { errortext: string }).errortext;
  assert.deepEqual([await text(root()), await text(works.ann)], ['host kvm7 is away', 'a host is away']);
});

test('what lies sealed in a result is not for the other members', async () => {
  const { ann, bob, zone, chief } = works;
  const { db, secrets } = zone.server.cloud;
  const id = randomUUID();
  const sealed = sealFields(secrets, id, { password: 'hunter2' });
  const row = { id, command: 'startVirtualMachine', saga: 'none', user_id: bob.userId, status: 1, project_id: projectid };
  const deployed = await lastAbout(vm, 'deployVirtualMachine');
  const made = await db.selectFrom('job').select('result').where('id', '=', deployed).executeTakeFirstOrThrow();
  const result = JSON.stringify({ virtualmachine: { ...(made.result!.virtualmachine as object), ...sealed } });
  await db
    .insertInto('job')
    .values({ ...row, account_id: bob.accountId, domain_id: bob.domainId, result, completed: new Date() })
    .execute();
  const password = async (who: Asks) =>
    ((await query(who, id)).jobresult as { virtualmachine: { password?: string } }).virtualmachine.password;
  assert.deepEqual(
    [await password(bob), await password(chief), await password(root()), await password(ann)],
    ['hunter2', 'hunter2', 'hunter2', undefined],
  );
});

test('whose role in the project takes it away sees his own jobs alone', async () => {
  const { ann, bob } = works;
  const role = await ann.make('createProjectRole', { projectid, name: 'mute' });
  await ann.make('createProjectRolePermission', { projectid, projectroleid: role.id, rule: '*AsyncJob*', permission: 'deny' });
  await ann.make('addAccountToProject', { projectid, account: 'eve', projectroleid: role.id });
  await doesNotKnow(eve, await lastAbout(vm, 'deployVirtualMachine'));
  const own = await done(eve, 'stopVirtualMachine', { id: vm });
  assert.equal((await query(eve, own)).account, 'eve');
  assert.equal((await query(bob, own)).account, undefined);
});

test('jobs that a job has done are the project’s too, and members of a suspended project see its jobs', async () => {
  const { ann, bob } = works;
  await done(bob, 'startVirtualMachine', { id: vm });
  const suspended = await done(ann, 'suspendProject', { id: projectid });
  const stopped = await lastAbout(vm, 'stopVirtualMachine');
  for (const jobid of [suspended, stopped]) assert.equal((await query(bob, jobid)).jobstatus, 1);
  await ann.make('activateProject', { id: projectid });
});

test('who leaves a project sees his own jobs of it alone; of a deleted project nobody sees those of others', async () => {
  const { ann, bob } = works;
  const bobs = await done(bob, 'startVirtualMachine', { id: vm });
  await ann.make('deleteAccountFromProject', { projectid, account: 'bob' });
  assert.equal((await query(bob, bobs)).account, 'bob');
  await doesNotKnow(bob, await lastAbout(projectid, 'suspendProject'));
  const deleted = await done(ann, 'deleteProject', { id: projectid, cleanup: true });
  assert.equal((await query(ann, deleted)).jobstatus, 1);
  await doesNotKnow(ann, bobs);
});
