import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makePerson } from '../accounts/testing.ts';
import { callAs, send, signedQuery, type TestServer, withServer } from './testing.ts';

let server: TestServer;
before(async () => {
  server = await withServer();
});

test('an account that calls too often is told when it may again; an admin sees how often, and lets it', async () => {
  const user = await makePerson(server.cloud.db, server.cloud.secrets, 'busy');
  const set = (name: string, value: string | number) => server.call('updateConfiguration', { name, value });
  await set('api.throttling.interval', 3600);
  await set('api.throttling.max', 3);
  await set('api.throttling.enabled', 'true');
  const call = (command: string) => callAs(server, user, command);
  const { apilimit } = await call('getApiLimit');
  assert.deepEqual(apilimit, { accountid: user.accountId, account: 'busy', apiIssued: 1, apiAllowed: 2, expireAfter: 3600 });
  for (let n = 0; n < 2; n++) assert.equal((await callAs(server, user, 'listZones')).errorcode, undefined);
  const answer = await send(server, `/client/api?${signedQuery('listZones', {}, user)}`);
  assert.equal(answer.status, 429);
  const seconds = Number(answer.headers['retry-after']);
  assert.ok(seconds > 3500 && seconds <= 3600, `${seconds} s`);
  assert.match(answer.text, /"errorcode":429.*retry after \[\d+\] ms/);
  for (let n = 0; n < 5; n++) assert.equal((await server.call('listZones')).errorcode, undefined);
  assert.equal((await callAs(server, user, 'resetApiLimit', {})).errorcode, 429);
  assert.equal((await server.call('resetApiLimit', { account: user.accountId })).success, true);
  assert.equal((await callAs(server, user, 'resetApiLimit', {})).errorcode, 432, 'that is for admins');
  await set('api.throttling.enabled', 'false');
});

test('large requests that nobody signed are not even read after a while; small ones always are', async () => {
  const own = await withServer();
  const form = `command=deployVirtualMachine&userdata=${'x'.repeat(2 * 1024 * 1024 - 100)}`;
  const statuses: number[] = [];
  for (let n = 0; n < 20; n++) statuses.push((await send(own, '/client/api', { form })).status);
  assert.deepEqual([statuses[0], statuses[14], statuses.at(-1)], [401, 401, 429]);
  assert.equal((await own.call('listZones')).errorcode, undefined);
});
