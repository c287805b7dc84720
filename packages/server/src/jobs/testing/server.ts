import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import pino from 'pino';
import type { Cloud } from '../../cloud.ts';
import { openDatabase } from '../../db/database.ts';
import { saga } from '../../orchestration/saga.ts';
import { startJobs } from '../dispatcher.ts';
import { Presence } from '../presence.ts';

/** A server process that does nothing but jobs, for tests that kill it: each step writes a line and waits for a file of the step's name. */
const [databaseUrl, dir, name] = process.argv.slice(2) as [string, string, string];
const log = pino({ level: 'warn' }, pino.destination(2));
const db = openDatabase(databaseUrl, 4);
const step = (label: string) => ({
  do: async (run: { epoch: number; signal: AbortSignal }) => {
    appendFileSync(`${dir}/log`, `${name} ${label} begins\n`);
    while (!existsSync(`${dir}/${label}`)) await wait(10, undefined, { signal: run.signal });
    appendFileSync(`${dir}/log`, `${name} ${label} ends\n`);
  },
  undo: { nothing: 'a line in a log' },
});
const presence = await Presence.join({ db, databaseUrl, name, version: 'test', log });
await startJobs(
  { db, log } as Cloud,
  [saga('lines').step('one', step('one')).step('two', step('two')).step('three', step('three'))],
  presence,
  {
    pollMs: 100,
  },
);
appendFileSync(`${dir}/log`, `${name} is up\n`);
