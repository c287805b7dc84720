import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { ApiKeys } from '../packages/server/src/accounts/api-keys.ts';
import { seedHosts } from './agents-seed.ts';
import { bareRun, type Crowd, membersOf, startCrowd } from './crowds.ts';
import { megabytes } from './figures.ts';
import { type OwnServer, startOwnServer } from './own-server.ts';
import { cpuOf, cpuOfFamily, residentOf } from './processes.ts';

/**
 * A server that is killed in the midst of its hosts' agents and started anew: until all hosts are Up again (held to 30 s with 3,000 agents, 120 s with
 * 10,000), and no alert. Agents are the real one's connection, protocol and back-off, over TLS with a certificate each, all of them on the same two
 * cores as the server and its PostgreSQL. `BENCH_AGENTS=300,1000` takes other counts, `BENCH_OUTAGE=20` leaves the server dead for as many seconds.
 */
const held: Readonly<Record<number, number>> = { 3000: 30, 10000: 120 };
const counts = (process.env.BENCH_AGENTS ?? '3000,10000').split(',').map(Number);
const outageMs = Number(process.env.BENCH_OUTAGE ?? 0) * 1000;
const calmMs = Number(process.env.BENCH_CALM ?? 30) * 1000;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;

for (const count of counts) await measure(count);

async function measure(count: number): Promise<void> {
  const server = await startOwnServer(...(process.env.BENCH_NODE_OPTIONS ?? '').split(' ').filter(Boolean));
  let crowd: Crowd | undefined;
  try {
    await seedHosts(server.db, count);
    const authority = await server.authority();
    const order = { ca: authority.certificate, members: await membersOf(authority, count) };
    console.log(`${count} agents with 10 guests each`);
    const bare = await bareRun(order, authority, cpuOf);
    tell('a bare server', `${seconds(bare.ms)}; CPU: server ${seconds(bare.cpuMs)}, agents ${seconds(bare.crowdMs)}`);
    const keys = await server.keysOf('admin');
    await server.kill();
    await server.restart();
    const empty = residentOf(server.pid);
    crowd = startCrowd({ ...order, url: `wss://127.0.0.1:${server.agents.port}/agent` });
    await storm(server, keys, crowd, count, 'first arrival');
    await wait(5000);
    tell(
      'memory of the server',
      `${megabytes(residentOf(server.pid))}, ${kilobytes((residentOf(server.pid) - empty) / count)} per agent`,
    );
    await calm(server, crowd);
    await server.kill();
    await wait(outageMs);
    const began = performance.now();
    await server.restart();
    tell('the server listens after', seconds(performance.now() - began));
    const { ms } = await storm(server, keys, crowd, count, 'all Up again', began);
    const limit = (held[count] ?? Number.POSITIVE_INFINITY) * 1000;
    tell(
      'held to',
      `${seconds(limit)}: ${ms < limit ? 'held' : 'NOT HELD'}; ${(ms / bare.ms).toFixed(1)} times the bare server's`,
    );
    await calm(server, crowd);
    tell(
      'memory of the server',
      `${megabytes(residentOf(server.pid))}, ${kilobytes((residentOf(server.pid) - empty) / count)} per agent`,
    );
    const alerts = await rowsOf(server, 'alert');
    tell('alerts, events', `${alerts}, ${await rowsOf(server, 'event')}`);
    if (alerts > 0 || ms >= limit) process.exitCode = 1;
  } finally {
    await crowd?.end();
    await server.end();
  }
}

/** Until the server of now has all hosts Up; lists of hosts are asked for meanwhile. */
async function storm(server: OwnServer, keys: ApiKeys, crowd: Crowd, count: number, name: string, began = performance.now()) {
  const before = await spent(server, crowd);
  const asked: number[] = [];
  const asking = { on: true };
  const lists = (async () => {
    for (; asking.on; await wait(100)) asked.push((await server.ask(keys, 'listHosts', { page: 1, pagesize: 40 })).ms);
  })();
  let up = 0;
  while (up < count) {
    await wait(100);
    up = await upOf(server);
    if (process.env.BENCH_TRACE) console.log(Math.round(performance.now() - began), up, (await crowd.figures()).connected);
  }
  const ms = performance.now() - began;
  asking.on = false;
  await lists;
  const byApi = await server.ask(keys, 'listHosts', { state: 'Up', type: 'Routing', page: 1, pagesize: 1 });
  if (byApi.count !== count) throw new Error(`the API shows ${byApi.count} hosts Up`);
  // What goes on for the hosts after they are Up belongs to it.
  await quiet(server);
  const after = await spent(server, crowd);
  const cost = (key: keyof Spent): number => after[key] - before[key];
  tell(
    name,
    `${seconds(ms)}; CPU: server ${seconds(cost('server'))}, database ${seconds(cost('database'))}, agents ${seconds(cost('agents'))}`,
  );
  tell(
    '',
    `for each host ${((after.transactions - before.transactions) / count).toFixed(1)} transactions, ${(cost('welcomes') / count).toFixed(2)} hellos, ${(cost('orders') / count).toFixed(1)} orders`,
  );
  asked.sort((a, b) => a - b);
  tell(
    '',
    `listHosts meanwhile p50 ${Math.round(asked[asked.length >> 1]!)} ms, p95 ${Math.round(asked[Math.ceil(asked.length * 0.95) - 1]!)} ms of ${asked.length}`,
  );
  return { ms };
}

/** What reports and heartbeats take when nothing else happens. */
async function calm(server: OwnServer, crowd: Crowd): Promise<void> {
  const before = await spent(server, crowd);
  await wait(calmMs);
  const after = await spent(server, crowd);
  const share = (key: 'server' | 'database' | 'agents'): string =>
    `${(((after[key] - before[key]) / calmMs) * 100).toFixed(1)} %`;
  tell('then, of a core', `server ${share('server')}, database ${share('database')}, agents ${share('agents')}`);
}

type Spent = Record<'server' | 'database' | 'agents' | 'transactions' | 'welcomes' | 'orders', number>;

async function spent(server: OwnServer, crowd: Crowd): Promise<Spent> {
  const { cpuMs, welcomes, orders } = await crowd.figures();
  const { rows } = await sql<{
    commits: number;
  }>`select xact_commit as commits from pg_stat_database where datname = 'virtstack'`.execute(server.db);
  return {
    server: cpuOf(server.pid),
    database: cpuOfFamily(server.postgres),
    agents: cpuMs,
    transactions: rows[0]!.commits,
    welcomes,
    orders,
  };
}

/** Until the server does nearly nothing. */
async function quiet({ pid }: OwnServer): Promise<void> {
  for (let last = cpuOf(pid), now = last; ; last = now) {
    await wait(1000);
    now = cpuOf(pid);
    if (now - last < 400) return;
  }
}

/** Hosts that a server which lives has taken in; by their state alone, those of a server that was killed look Up. */
async function upOf({ db }: OwnServer): Promise<number> {
  const { rows } = await sql<{ up: number }>`select count(*) as up from host where status = 'Up' and removed is null
    and server_number = (select max(number) from server)`.execute(db);
  return rows[0]!.up;
}

async function rowsOf({ db }: OwnServer, table: 'alert' | 'event'): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) from ${sql.table(table)}`.execute(db);
  return rows[0]!.count;
}

function tell(name: string, words: string): void {
  console.log(`${name.padEnd(26)} ${words}`);
}
