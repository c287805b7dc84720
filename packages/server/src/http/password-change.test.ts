import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeDomain, makePerson, type Person } from '../accounts/testing.ts';
import { type Admin, admin } from '../api/handlers/testing.ts';
import { logInAs, type Session } from './session-testing.ts';
import { callAs, type TestServer, withServer } from './testing.ts';

let server: TestServer;
let root: Admin;
let n = 0;
before(async () => {
  server = await withServer();
  root = admin(server);
  await makeDomain(server.cloud.db, 'firm');
});

const person = (): Promise<Person> => makePerson(server.cloud.db, server.cloud.secrets, `clerk${++n}`, 'User', '/firm/');
const logIn = ({ name }: Person, password = `password of ${name}`): Promise<Session> =>
  logInAs(server, { username: name, password, domain: 'firm' });
const mustChange = ({ userId: id }: Person) => root.make('updateUser', { id, passwordchangerequired: true });
const change = (session: Session, { userId: id, name }: Person, more = {}) =>
  session.call('updateUser', { id, password: 'correct horse battery', currentpassword: `password of ${name}`, ...more });
const codes = (session: Session, ...calls: readonly (readonly [string, Record<string, string>?])[]) =>
  Promise.all(calls.map(async ([command, values]) => (await session.call(command, values)).status));
const stateOf = async ({ userId: id }: Person) => (await root.list('listUsers', { id })).items[0]!.state;

test('who must change the password may call nothing but what leads there, until it is changed', async () => {
  const clerk = await person();
  await mustChange(clerk);
  const session = await logIn(clerk);
  assert.equal(session.content.passwordchangerequired, true);
  const { status, content } = await session.call('listVirtualMachines');
  assert.deepEqual([status, content.errorcode], [531, 531]);
  assert.match(content.errortext!, /change your password before anything else: call updateUser/);
  const id = clerk.userId;
  assert.deepEqual(
    await codes(
      session,
      ...([['listUsers', { id }], ['listApis'], ['listCapabilities']] as const),
      ...([['listUsers'], ['listZones'], ['registerUserKeys', { id }], ['nothing']] as const),
      ...([
        ['updateUser', { id, email: 'x@example.org' }],
        ['updateUser', { id, password: 'new words here' }],
      ] as const),
    ),
    [200, 200, 200, 531, 531, 531, 531, 531, 531],
  );
  assert.equal((await change(session, clerk)).status, 200);
  const again = await logIn(clerk, 'correct horse battery');
  assert.deepEqual([again.content.passwordchangerequired, await codes(again, ['listVirtualMachines'])], [undefined, [200]]);
});

test('nobody changes another’s password, or takes off another’s second factor, before his own is changed', async () => {
  const [chief, clerk] = [
    await makePerson(server.cloud.db, server.cloud.secrets, 'chief', 'DomainAdmin', '/firm/'),
    await person(),
  ];
  await mustChange(chief);
  const session = await logIn(chief);
  const others = { password: 'correct horse battery', currentpassword: 'password of chief' };
  assert.deepEqual(
    await codes(
      session,
      ['updateUser', { ...others, id: clerk.userId }],
      ['setupUserTwoFactorAuthentication', { enable: 'false', userid: clerk.userId }],
      ['listUsers', { id: clerk.userId }],
    ),
    [531, 531, 531],
  );
  assert.equal((await logIn(clerk)).status, 200);
});

test('a session that is open when the change is demanded is bound too, and is told of no command that it may not call', async () => {
  const clerk = await person();
  const session = await logIn(clerk);
  assert.deepEqual(await codes(session, ['listVirtualMachines']), [200]);
  await mustChange(clerk);
  assert.deepEqual(await codes(session, ['listVirtualMachines']), [531]);
  const { content } = await session.call('listApis');
  const names = (content.api as readonly { name: string }[]).map(({ name }) => name);
  assert.ok(names.includes('updateUser') && names.includes('logout') && !names.includes('listVirtualMachines'), `${names}`);
  assert.equal((await session.call('logout')).status, 200);
});

test('keys are no passwords: whoever signs is bound by none that must be changed', async () => {
  const clerk = await person();
  await mustChange(clerk);
  assert.equal((await callAs(server, clerk, 'listVirtualMachines')).errorcode, undefined);
});

test('a wrong current password counts as a failed log-in, and shuts the user out as those do', async () => {
  const clerk = await person();
  await root.make('updateConfiguration', { name: 'incorrect.login.attempts.allowed', value: '3' });
  const session = await logIn(clerk);
  assert.equal((await logIn(clerk, 'guess')).status, 531);
  const wrong = await change(session, clerk, { currentpassword: 'guess' });
  assert.deepEqual([wrong.status, wrong.content.errortext], [431, 'The current password is not right.']);
  assert.equal(await stateOf(clerk), 'enabled');
  assert.equal((await change(session, clerk, { currentpassword: 'guess' })).status, 431);
  assert.equal(await stateOf(clerk), 'disabled');
  assert.deepEqual(await codes(session, ['listUsers']), [401]);
  const told = await root.list('listEvents', { listall: true, resourceid: clerk.userId, type: 'USER.UPDATE', level: 'ERROR' });
  assert.match(told.items[0]!.description, /current password is not right/);
});

test('wrong current passwords count by address too, whoever signs them', async () => {
  const clerk = await person();
  const guess = () =>
    callAs(server, clerk, 'updateUser', { id: clerk.userId, password: 'correct horse battery', currentpassword: 'guess' });
  assert.equal((await guess()).errorcode, 431);
  await root.make('updateConfiguration', { name: 'login.failures.per.address', value: '1' });
  assert.equal((await guess()).errorcode, 429);
  await root.make('resetConfiguration', { name: 'login.failures.per.address' });
});

test('the right current password is enough, and an admin needs none for somebody else', async () => {
  const [clerk, other] = [await person(), await person()];
  assert.equal((await change(await logIn(clerk), clerk)).status, 200);
  assert.equal((await logIn(clerk, 'correct horse battery')).status, 200);
  // what clients send beside it for somebody else is not the admin's own
  await root.make('updateUser', { id: other.userId, password: 'correct horse battery', currentpassword: 'whatever' });
  assert.equal((await logIn(other, 'correct horse battery')).status, 200);
});

test('logging out is an event as logging in is, and no session means none', async () => {
  const clerk = await person();
  const types = async () => {
    const { items } = await root.list('listEvents', { account: clerk.name, domainid: clerk.domainId });
    return items.map(({ type, username }) => `${type} ${username}`);
  };
  const session = await logIn(clerk);
  assert.equal((await session.call('logout')).status, 200);
  assert.equal((await session.call('logout')).status, 200);
  assert.deepEqual(await types(), [`USER.LOGOUT ${clerk.name}`, `USER.LOGIN ${clerk.name}`]);
  assert.ok((await root.list('listEventTypes')).items.some(({ name }) => name === 'USER.LOGOUT'));
});
