import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { agentMethods, PeerError } from '@virtstack/protocol';
import { deleteProject, suspendProject } from './project-sagas.ts';
import { testSaga } from './testing/test-saga.ts';
import { until } from './testing/until.ts';
import { type TestHost, type TestZone, withZone } from './testing/zone.ts';

let zone: TestZone;
let one: TestHost;
let names = 0;
before(async () => {
  zone = await withZone();
  one = await zone.addHost({ memoryBytes: 64 * 2 ** 30, cpus: 64 });
});

/** A project with a running machine, a volume, a template and a key. */
async function project(state: 'Active' | 'Disabled' | 'Suspended') {
  const { api, server, zoneId, offeringId, templateId } = zone;
  const { id: projectid } = (await api.job('createProject', { name: `p${++names}` })).made;
  const owner = { projectid: projectid!, zoneid: zoneId };
  const machine = await api.job('deployVirtualMachine', { ...owner, serviceofferingid: offeringId, templateid: templateId });
  assert.equal(machine.errortext, undefined);
  const [offering] = await api.list('listDiskOfferings', { name: 'Small' });
  await api.job('createVolume', { ...owner, name: 'd', diskofferingid: offering!.id! });
  const image = { url: 'https://images.example/x.qcow2', format: 'QCOW2', hypervisor: 'KVM', name: `t${names}` };
  await api.list('registerTemplate', { ...owner, ...image });
  await api.one('createSSHKeyPair', { projectid: projectid!, name: 'k' });
  const { db } = server.cloud;
  const { account_id } = await db
    .updateTable('project')
    .set({ state })
    .where('id', '=', projectid!)
    .returning('account_id')
    .executeTakeFirstOrThrow();
  return { cloud: server.cloud, state: { projectId: projectid!, accountId: account_id }, machineId: machine.made.id! };
}
type World = Awaited<ReturnType<typeof project>>;

/** What is left of it. */
async function everythingOf({ cloud: { db }, state: { projectId, accountId }, machineId }: World) {
  const tables = ['virtual_machine', 'volume', 'template'] as const;
  const living = await Promise.all(
    tables.map(async (table) => {
      const rows = await db
        .selectFrom(table as 'volume')
        .select('state')
        .where('project_id', '=', projectId)
        .where('removed', 'is', null)
        .$if(table === 'template', (query) => query.clearSelect().select('name as state'))
        .execute();
      return [table, table === 'template' ? rows.length : rows.map(({ state }) => state).sort()] as const;
    }),
  );
  const rows = {
    project: await db.selectFrom('project').select(['state', 'removed']).where('id', '=', projectId).executeTakeFirstOrThrow(),
    account: await db.selectFrom('account').select('removed').where('id', '=', accountId).executeTakeFirstOrThrow(),
    keys: await db.selectFrom('ssh_key_pair').select('name').where('project_id', '=', projectId).execute(),
    members: await db.selectFrom('project_member').select('role').where('project_id', '=', projectId).execute(),
  };
  return {
    ...Object.fromEntries(living),
    ...{ keys: rows.keys, members: rows.members, state: rows.project.state },
    gone: [rows.project.removed !== null, rows.account.removed !== null],
    guest: one.host.guests.get(machineId)?.state ?? 'absent',
  };
}

test('a deletion of a project that fails at any step goes on when it is asked for again', async () => {
  await testSaga(deleteProject, { setup: () => project('Disabled'), snapshot: everythingOf, forward: true });
});

test('a suspension that fails goes on when it is asked for again', async () => {
  await testSaga(suspendProject, { setup: () => project('Suspended'), snapshot: everythingOf, forward: true });
});

test('a deletion says what hinders it; deleted again, the project goes', async () => {
  const { state, machineId } = await project('Active');
  one.host.failures.push({
    method: agentMethods.removeGuest.name,
    when: 'before',
    error: new PeerError('libvirt', 'held by somebody'),
  });
  const request = { id: state.projectId, cleanup: true };
  const { status, errortext } = await zone.api.job('deleteProject', request);
  assert.equal(status, 2);
  assert.match(errortext!, /virtual machine could not be removed/);
  assert.equal((await zone.api.list('listProjects', { id: state.projectId }))[0]!.state, 'Disabled');
  assert.match(await zone.api.refusal('suspendProject', { id: state.projectId }), /Delete it again/);
  assert.equal((await zone.api.job('deleteProject', request)).status, 1);
  assert.equal(one.host.guests.has(machineId), false);
  assert.match(await zone.api.refusal('listProjects', { id: state.projectId }), /entity does not exist/);
});

test('a machine that is about to start when its project is suspended is stopped when it has', async () => {
  const { state, machineId } = await project('Active');
  const { db } = zone.server.cloud;
  await zone.api.job('stopVirtualMachine', { id: machineId });
  const { account_id, domain_id } = await db.selectFrom('job').select(['account_id', 'domain_id']).executeTakeFirstOrThrow();
  const before = { id: randomUUID(), command: 'test', saga: 'nobody runs it', subject: machineId, account_id, domain_id };
  await db.insertInto('job').values(before).execute();
  const start = await zone.server.call('startVirtualMachine', { id: machineId });
  const suspension = await zone.server.call('suspendProject', { id: state.projectId });
  const settled = async () => (await jobsOf(machineId)).includes('stop-virtual-machine') || !(await isOpen(state.projectId));
  await until(settled, 'the suspension');
  await db.updateTable('job').set({ status: 1 }).where('id', '=', before.id).execute();
  for (const { jobid } of [start, suspension]) {
    const status = async () => (await zone.server.call('queryAsyncJobResult', { jobid: jobid! })).jobstatus;
    await until(async () => (await status()) !== 0, 'the jobs');
    assert.equal(await status(), 1);
  }
  assert.equal(one.host.guests.get(machineId)!.state, 'shutoff');
});

/** The sagas of a machine’s open jobs. */
const jobsOf = async (id: string): Promise<string[]> => (await openJobs(id)).map(({ saga }) => saga);
const isOpen = async (id: string): Promise<boolean> => (await openJobs(id)).length > 0;
const openJobs = (id: string) =>
  zone.server.cloud.db.selectFrom('job').select('saga').where('instance_id', '=', id).where('status', '=', 0).execute();

test('what is being made while a project is deleted either goes with it or is refused', async () => {
  const { state } = await project('Active');
  const { api, zoneId, offeringId, templateId } = zone;
  const wish = { projectid: state.projectId, zoneid: zoneId, serviceofferingid: offeringId, templateid: templateId };
  const made = Array.from({ length: 6 }, () => api.job('deployVirtualMachine', wish).catch((error: Error) => error));
  const deletion = api.job('deleteProject', { id: state.projectId, cleanup: true });
  const late = Array.from({ length: 6 }, () => api.job('deployVirtualMachine', wish).catch((error: Error) => error));
  assert.deepEqual([(await deletion).status, (await deletion).errortext], [1, undefined]);
  for (const outcome of await Promise.all([...made, ...late]))
    if (outcome instanceof Error) assert.match(outcome.message, /is Disabled: nothing|entity does not exist/);
  const { db } = zone.server.cloud;
  const left = await db
    .selectFrom('virtual_machine')
    .select(['state'])
    .where('project_id', '=', state.projectId)
    .where('removed', 'is', null)
    .execute();
  assert.deepEqual(left, []);
});
