import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { type TestServer, withServer } from '../http/testing.ts';

let server: TestServer;
before(async () => {
  server = await withServer();
});

test('many changes at once, each of which looks at settings, do not wait for each other’s connections for ever', async () => {
  const change = (n: number) => server.call('updateConfiguration', { name: 'default.ui.page.size', value: String(20 + n) });
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => change(n)));
  assert.deepEqual(
    answers.filter(({ errorcode }) => errorcode !== undefined),
    [],
  );
});

test('a change that the database gave up for another’s sake is tried again, and leaves one trace', async () => {
  const { db } = server.cloud;
  await sql`create sequence tries`.execute(db);
  await sql`create function give_up() returns trigger language plpgsql as $$ begin
    if nextval('tries') < 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if; return new; end $$`.execute(
    db,
  );
  await sql`create trigger give_up before insert on ssh_key_pair for each row execute function give_up()`.execute(db);
  assert.equal((await server.call('createSSHKeyPair', { name: 'a' })).errorcode, undefined);
  const { rows } = await sql<{ last: number }>`select last_value as last from tries`.execute(db);
  assert.equal(rows[0]!.last, 3);
  assert.equal((await server.call('listSSHKeyPairs')).count, 1);
  assert.equal((await server.call('listEvents', { type: 'SSH.KEYPAIR.CREATE' })).count, 1);
  await sql`drop trigger give_up on ssh_key_pair`.execute(db);
});

test('a job and the event that it was asked for are written together', async () => {
  const { jobid } = await server.call('issueCertificate', { domain: 'a.example' });
  while ((await server.call('queryAsyncJobResult', { jobid: jobid! })).jobstatus === 0);
  const { event } = (await server.call('listEvents', { type: 'CA.CERTIFICATE.ISSUE' })) as unknown as {
    event: { state: string; id: string; parentid?: string }[];
  };
  assert.deepEqual(event.map(({ state }) => state).sort(), ['Completed', 'Scheduled', 'Started']);
  const scheduled = event.find(({ state }) => state === 'Scheduled')!;
  assert.ok(event.every(({ id, parentid }) => id === scheduled.id || parentid === scheduled.id));
});
