import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import pino from 'pino';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { isDatabaseAway } from '../db/database-away.ts';
import { type TestDatabase, withDatabase } from '../db/testing.ts';
import { CloudError } from '../error.ts';
import { type Saga, saga } from '../orchestration/saga.ts';
import { startJobs } from './dispatcher.ts';
import { jobs } from './enqueue.ts';
import { Presence } from './presence.ts';
import type { AnySaga } from './run-job.ts';

const owner = { command: 'test', accountId: randomUUID(), domainId: randomUUID() };
const log = pino({ level: 'silent' });

async function server(t: TestContext, { db, url }: TestDatabase, sagas: readonly AnySaga[], options = {}) {
  const presence = await Presence.join({ db, databaseUrl: url, name: 'a', version: 'test', log });
  const dispatcher = await startJobs({ db, log, jobs } as Cloud, sagas, presence, { pollMs: 100, ...options });
  const stop = async (): Promise<void> => {
    await dispatcher.stop();
    await presence.close();
  };
  t.after(stop);
  return { presence, stop };
}

async function ended(db: Database, id: string) {
  return until(async () => {
    const job = await db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirstOrThrow().catch(unlessCut);
    return job?.status === 0 ? undefined : job;
  });
}

/** A test that cuts connections cuts the one that looks too. */
function unlessCut(error: unknown): undefined {
  if (!isDatabaseAway(error)) throw error;
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await wait(10)) {
    const seen = await look();
    if (seen) return seen;
  }
  throw new Error('it did not come about within 15 s');
}

const traced = (trace: string[], failing?: string): Saga<{ a?: number; b?: number }> => {
  const undo = (name: string) => async () => void trace.push(`-${name}`);
  const act = <T>(name: string, output: T): T => {
    trace.push(`+${name}`);
    if (failing === name) throw new CloudError('capacity', `${name} is full`);
    return output;
  };
  return saga<{ a?: number; b?: number }>('traced', { result: async (_, s) => ({ sum: s }) })
    .step('a', { do: async () => act('a', { a: 1 }), undo: undo('a') })
    .step('b', { do: async (_, s) => act('b', { b: s.a! + 1 }), undo: undo('b') })
    .step('c', { do: async () => act('c', {}), undo: undo('c') });
};

test('a job runs its steps in order, hands their outputs on, and ends with the result', async (t) => {
  const database = await withDatabase();
  const trace: string[] = [];
  await server(t, database, [traced(trace)]);
  const job = await ended(database.db, await jobs.enqueue(database.db, { saga: 'traced', state: { x: 0 } }, owner));
  assert.deepEqual(trace, ['+a', '+b', '+c']);
  assert.equal(job.status, 1);
  assert.deepEqual(job.result, { sum: { x: 0, a: 1, b: 2 } });
});

test('a failing step is undone too, then the steps before it, and the error is the step’s', async (t) => {
  const database = await withDatabase();
  const trace: string[] = [];
  await server(t, database, [traced(trace, 'b')]);
  const job = await ended(database.db, await jobs.enqueue(database.db, { saga: 'traced', state: {} }, owner));
  assert.deepEqual(trace, ['+a', '+b', '-b', '-a']);
  assert.deepEqual([job.status, job.error_code, job.error_text, job.result], [2, 533, 'b is full', null]);
});

test('a job written in a transaction that fails is never run', async (t) => {
  const database = await withDatabase();
  const trace: string[] = [];
  await server(t, database, [traced(trace)]);
  const failing = database.db.transaction().execute(async (tx) => {
    await jobs.enqueue(tx, { saga: 'traced', state: {} }, owner);
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  await ended(database.db, await jobs.enqueue(database.db, { saga: 'traced', state: {} }, owner));
  assert.equal(trace.length, 3);
});

test('the chain of events follows the job: Scheduled, Started, Completed', async (t) => {
  const database = await withDatabase();
  const { db } = database;
  const start = {
    id: randomUUID(),
    type: 'VM.START',
    level: 'INFO',
    state: 'Scheduled',
    description: 'Scheduled startVirtualMachine (x)',
  };
  await db
    .insertInto('event')
    .values({ ...start, account_id: owner.accountId, domain_id: owner.domainId })
    .execute();
  await server(t, database, [traced([], 'c')]);
  await ended(db, await jobs.enqueue(db, { saga: 'traced', state: {} }, { ...owner, startEventId: start.id }));
  const events = await db.selectFrom('event').selectAll().where('start_id', '=', start.id).orderBy('created').execute();
  assert.deepEqual(
    events.map((e) => [e.type, e.state, e.level, e.description]),
    [
      ['VM.START', 'Started', 'INFO', 'Starting job for startVirtualMachine (x)'],
      ['VM.START', 'Completed', 'ERROR', 'Error while running startVirtualMachine (x): c is full'],
    ],
  );
});

test('jobs of one subject run one after another in the order of their creation, others beside them', async (t) => {
  const database = await withDatabase();
  const { db } = database;
  const now = new Map<string, number>();
  const order: string[] = [];
  let most = 0;
  const counting = saga<{ subject: string; n: number }>('counting').step('only', {
    do: async (_, s) => {
      now.set(s.subject, (now.get(s.subject) ?? 0) + 1);
      assert.equal(now.get(s.subject), 1, 'two jobs of one subject at once');
      most = Math.max(
        most,
        [...now.values()].reduce((a, b) => a + b),
      );
      await wait(5);
      order.push(`${s.subject}${s.n}`);
      now.set(s.subject, 0);
    },
    undo: { nothing: 'it only counts' },
  });
  const subjects = [randomUUID(), randomUUID(), randomUUID()];
  const ids: string[] = [];
  for (let n = 0; n < 10; n++)
    for (const subject of subjects) ids.push(await jobs.enqueue(db, { saga: 'counting', subject, state: { subject, n } }, owner));
  await server(t, database, [counting]);
  await server(t, database, [counting]);
  for (const id of ids) assert.equal((await ended(db, id)).status, 1);
  for (const subject of subjects)
    assert.deepEqual(
      order.filter((o) => o.startsWith(subject)),
      Array.from({ length: 10 }, (_, n) => `${subject}${n}`),
    );
  assert.ok(most > 1, 'subjects ran beside each other');
});

test('a database that cuts every connection in the middle of a job costs a repetition, not the job and not the server', async (t) => {
  const database = await withDatabase();
  const { db } = database;
  const trace: string[] = [];
  const cutting = saga('cutting')
    .step('first', { do: async () => void trace.push('first'), undo: async () => void trace.push('-first') })
    .step('second', {
      do: async () => {
        trace.push('second');
        if (trace.length > 2) return;
        await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
          db,
        );
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(db);
      },
      undo: async () => void trace.push('-second'),
    });
  const { presence } = await server(t, database, [cutting]);
  const before = presence.number;
  const job = await ended(db, await jobs.enqueue(db, { saga: 'cutting', state: {} }, owner));
  assert.deepEqual([job.status, trace], [1, ['first', 'second', 'second']]);
  assert.notEqual(presence.number, before);
});

test('a server that is closed while it sits down anew leaves no session behind', async () => {
  const { db, url } = await withDatabase();
  const sessions = async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(db);
    return rows[0]!.n;
  };
  const without = await sessions();
  for (const pause of [0, 40, 50, 55, 60, 70]) {
    const presence = await Presence.join({ db, databaseUrl: url, name: 'a', version: 'test', log });
    const lost = new Promise((resolve) => presence.seat.addEventListener('abort', resolve));
    await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = ${presence.number}`.execute(
      db,
    );
    await lost;
    await wait(pause);
    await presence.close();
    await until(async () => (await sessions()) === without);
  }
});

test('no more jobs run at once than the limit', async (t) => {
  const database = await withDatabase();
  let now = 0;
  let most = 0;
  const slow = saga('slow').step('only', {
    do: async () => {
      most = Math.max(most, ++now);
      await wait(20);
      now--;
    },
    undo: { nothing: 'it only counts' },
  });
  const ids = await Promise.all(Array.from({ length: 12 }, () => jobs.enqueue(database.db, { saga: 'slow', state: {} }, owner)));
  await server(t, database, [slow], { atOnce: 3 });
  for (const id of ids) await ended(database.db, id);
  assert.equal(most, 3);
});

test('a server that stops leaves its job open, and the next one goes on at the step that was not done', async (t) => {
  const database = await withDatabase();
  const trace: string[] = [];
  let let_it = false;
  const patient = saga('patient')
    .step('first', { do: async () => void trace.push('first'), undo: { nothing: 'a line' } })
    .step('second', {
      do: async (run) => {
        trace.push('second');
        while (!let_it) await wait(5, undefined, { signal: run.signal });
      },
      undo: { nothing: 'a line' },
    });
  const one = await server(t, database, [patient]);
  const id = await jobs.enqueue(database.db, { saga: 'patient', state: {} }, owner);
  await until(() => trace.includes('second'));
  await one.stop();
  const open = await database.db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  assert.deepEqual([open.status, open.error_code], [0, null]);
  let_it = true;
  await server(t, database, [patient]);
  assert.equal((await ended(database.db, id)).status, 1);
  assert.deepEqual(trace, ['first', 'second', 'second']);
});

test('an undo that cannot be done is told by an alert and does not stop the others', { timeout: 20_000 }, async (t) => {
  const database = await withDatabase();
  const trace: string[] = [];
  const stubborn = saga('stubborn')
    .step('a', { do: async () => {}, undo: async () => void trace.push('-a') })
    .step('b', { do: async () => {}, undo: () => Promise.reject(new CloudError('unavailable', 'nobody there')) })
    .step('c', {
      do: (): Promise<void> => Promise.reject(new CloudError('internal', 'broken')),
      undo: { nothing: 'it is broken' },
    });
  await server(t, database, [stubborn]);
  const job = await ended(database.db, await jobs.enqueue(database.db, { saga: 'stubborn', state: {} }, owner));
  assert.equal(job.error_text, 'broken');
  assert.deepEqual(trace, ['-a']);
  const alert = await database.db.selectFrom('alert').select('description').executeTakeFirstOrThrow();
  assert.match(alert.description, /"b" of stubborn failed.*nobody there/);
});

function child(t: TestContext, url: string, dir: string, name: string) {
  const process_ = spawn(process.execPath, [join(import.meta.dirname, 'testing/server.ts'), url, dir, name], {
    stdio: 'inherit',
  });
  t.after(() => process_.kill('SIGKILL'));
  return process_;
}
const lines = (dir: string): string[] => {
  try {
    return readFileSync(`${dir}/log`, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
};

test('kill -9 in the middle of a step: another server goes on within its poll, no done step is repeated', async (t) => {
  const { db, url } = await withDatabase();
  const dir = mkdtempSync(join(tmpdir(), 'jobs-'));
  const first = child(t, url, dir, 'first');
  await until(() => lines(dir).includes('first is up'));
  const id = await jobs.enqueue(db, { saga: 'lines', state: {} }, owner);
  writeFileSync(`${dir}/one`, '');
  await until(() => lines(dir).includes('first two begins'));
  child(t, url, dir, 'second');
  await until(() => lines(dir).includes('second is up'));
  first.kill('SIGKILL');
  await until(() => lines(dir).includes('second two begins'));
  writeFileSync(`${dir}/two`, '');
  writeFileSync(`${dir}/three`, '');
  assert.equal((await ended(db, id)).status, 1);
  assert.equal(lines(dir).filter((l) => l.endsWith('one begins')).length, 1);
});

test('a server that only stalls keeps its job; fenced off and awake again it does nothing more', async (t) => {
  const { db, url } = await withDatabase();
  const dir = mkdtempSync(join(tmpdir(), 'jobs-'));
  const stalled = child(t, url, dir, 'stalled');
  await until(() => lines(dir).includes('stalled is up'));
  const id = await jobs.enqueue(db, { saga: 'lines', state: {} }, owner);
  writeFileSync(`${dir}/one`, '');
  await until(() => lines(dir).includes('stalled two begins'));
  process.kill(stalled.pid!, 'SIGSTOP');
  child(t, url, dir, 'other');
  await until(() => lines(dir).includes('other is up'));
  await wait(500); // five polls of the other server, in which nothing may happen
  assert.ok(!lines(dir).some((l) => l.startsWith('other two')), 'a stalled server’s job was run twice');
  await sql`select pg_terminate_backend(l.pid) from pg_locks l join job j on l.objid = j.server_number
    where l.locktype = 'advisory' and j.id = ${id}`.execute(db);
  await until(() => lines(dir).includes('other two begins'));
  process.kill(stalled.pid!, 'SIGCONT');
  writeFileSync(`${dir}/two`, '');
  await until(() => lines(dir).includes('other three begins'));
  writeFileSync(`${dir}/three`, '');
  assert.equal((await ended(db, id)).status, 1);
  assert.ok(!lines(dir).includes('stalled three begins'), 'the fenced run went on');
});
