import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { type TestServer, withServer } from '../../http/testing.ts';
import { forget } from '../retention.ts';
import { speaker } from '../testing/people.ts';
import { type Admin, admin } from './testing.ts';

let server: TestServer;
let root: Admin;
before(async () => {
  server = await withServer();
  root = admin(server);
});

const raise = async (name: string): Promise<string> => {
  await root.make('generateAlert', { type: 14, name, description: `${name} is wrong` });
  return (await root.list('listAlerts', { name })).items[0]!.id;
};
const shown = async (values = {}) => (await root.list('listAlerts', values)).items.map(({ name }) => name);

test('an alert is raised, found by what it says, put away and deleted', async () => {
  const [a, b] = [await raise('DISK'), await raise('FAN')];
  assert.deepEqual(await shown({ keyword: 'is wrong' }), ['FAN', 'DISK']);
  assert.deepEqual(await shown({ id: a }), ['DISK']);
  assert.deepEqual(await shown({ type: '14', name: 'FAN' }), ['FAN']);
  await root.make('archiveAlerts', { ids: a });
  assert.deepEqual(await shown({ keyword: 'is wrong' }), ['FAN']);
  await root.make('deleteAlerts', { ids: b, enddate: '2000-01-01' });
  assert.deepEqual(await shown({ keyword: 'is wrong' }), ['FAN']);
  await root.make('deleteAlerts', { type: '14', startdate: '2000-01-01' });
  assert.deepEqual(await shown({ keyword: 'is wrong' }), []);
});

test('which alerts are meant must be said, and they must be there', async () => {
  assert.match((await root.refusal('deleteAlerts')).text, /does not say which/);
  assert.match((await root.refusal('archiveAlerts', { ids: randomUUID() })).text, /does not exist/);
});

test('an alert is of a type that there is', async () => {
  const types = (await root.list('listAlertTypes')).items;
  assert.ok(types.some(({ type, name }) => type === 7 && name === 'ALERT.COMPUTE.HOST'));
  assert.match((await root.refusal('generateAlert', { type: 99, name: 'x', description: 'x' })).text, /no type 99/);
});

test('alerts are the admins’ alone', async () => {
  const ann = await speaker(server, 'ann', 'DomainAdmin');
  for (const command of ['listAlerts', 'generateAlert', 'archiveAlerts', 'deleteAlerts', 'listAlertTypes'] as const)
    assert.equal((await ann.refusal(command)).code, 432, command);
});

test('alerts are kept for as many days as alert.purge.delay says, for ever where it says none', async () => {
  const id = await raise('OLD');
  const created = new Date(Date.now() - 50 * 86_400_000);
  await server.cloud.db.updateTable('alert').set({ created }).where('id', '=', id).execute();
  await forget(server.cloud);
  assert.deepEqual(await shown({ id }), ['OLD']);
  await root.make('updateConfiguration', { name: 'alert.purge.delay', value: '49' });
  await raise('NEW');
  await forget(server.cloud);
  assert.deepEqual(await shown({ keyword: 'is wrong' }), ['NEW']);
});
