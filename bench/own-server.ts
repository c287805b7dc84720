import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { signed } from '../packages/cli/src/api-client.ts';
import { type ApiKeys, replaceApiKeys } from '../packages/server/src/accounts/api-keys.ts';
import { type Authority, openAuthority } from '../packages/server/src/accounts/authority.ts';
import { openSecrets } from '../packages/server/src/accounts/secrets.ts';
import { type Database, openDatabase } from '../packages/server/src/db/database.ts';
import { completeLibraries } from '../packages/server/src/db/embedded-libraries.ts';

type Values = Readonly<Record<string, string | number | boolean>>;
type Address = { readonly host: string; readonly port: number };

const nobody = 65534;
const start = new URL('../packages/server/src/start.ts', import.meta.url).pathname;

/** A server as it is installed, a process of its own with its own PostgreSQL; nothing of it stays. */
export type OwnServer = {
  readonly db: Database;
  /** Its process of now. */
  readonly pid: number;
  /** The process of its PostgreSQL, which survives it. */
  readonly postgres: number;
  /** Where agents connect, at each start. */
  readonly agents: Address;
  authority(): Promise<Authority>;
  /** Keys of the user of an account: `admin`, or a tenant. */
  keysOf(account: string): Promise<ApiKeys>;
  /** Answers what is in the envelope, and how long it took, ms. */
  ask(
    keys: ApiKeys,
    command: string,
    values: Values,
  ): Promise<{ readonly ms: number; readonly count: number; readonly items: number }>;
  /** Without a farewell (SIGKILL). */
  kill(): Promise<void>;
  /** Once more, on the same data and ports, after it was killed. */
  restart(): Promise<void>;
  end(): Promise<void>;
};

export async function startOwnServer(...options: string[]): Promise<OwnServer> {
  const dir = makeDirectory();
  const any = { host: '127.0.0.1', port: 0 };
  // Whom the server runs as may not write there.
  await completeLibraries();
  let { child, ...ports } = await launch(dir, { listen: any, agentListen: any }, options);
  const db = openDatabase(`socket:${dir}/run?db=virtstack&user=virtstack`, 1);
  const agent = new Agent({ keepAlive: true, ca: readFileSync(`${dir}/server/ca.pem`, 'utf8') });
  const secrets = () => openSecrets(`${dir}/server/secret.key`);
  return {
    db,
    get pid() {
      return child.pid!;
    },
    postgres: Number.parseInt(readFileSync(`${dir}/db/18/postmaster.pid`, 'utf8'), 10),
    agents: ports.agentListen,
    authority: async () => openAuthority(db, await secrets()),
    keysOf: async (account) => replaceApiKeys(db, await secrets(), await userOf(db, account)),
    ask: (keys, command, values) => ask({ ...ports.listen, agent }, signed(command, values, keys)),
    kill: () => ended(child, 'SIGKILL'),
    restart: async () => {
      ({ child, ...ports } = await launch(dir, ports, options));
    },
    end: async () => {
      agent.destroy();
      await db.destroy();
      await ended(child, 'SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function makeDirectory(): string {
  const dir = mkdtempSync('/var/tmp/bench-');
  for (const part of ['', '/db', '/run', '/server']) {
    mkdirSync(dir + part, { recursive: true });
    if (process.getuid?.() === 0) chownSync(dir + part, nobody, nobody);
  }
  return dir;
}

type Ports = { readonly listen: Address; readonly agentListen: Address };

async function launch(dir: string, ports: Ports, options: readonly string[]): Promise<Ports & { child: ChildProcess }> {
  const listeningFile = `${dir}/server/listening`;
  const config = {
    dataDir: `${dir}/server`,
    ...ports,
    hypervisors: [{ type: 'KVM', macPrefix: '52:54:00' }],
    listeningFile,
    postgres: { dataDir: `${dir}/db/18`, socketDir: `${dir}/run`, log: `${dir}/server/postgres.log` },
    logLevel: 'warn',
  };
  writeFileSync(`${dir}/config.json`, JSON.stringify(config));
  rmSync(listeningFile, { force: true });
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...options, start, `${dir}/config.json`], {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: `${dir}/server`,
    ...(process.getuid?.() === 0 && { uid: nobody, gid: nobody }),
  });
  while (!existsSync(listeningFile) || !readFileSync(listeningFile, 'utf8').endsWith('\n')) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await wait(20);
  }
  return { ...(JSON.parse(readFileSync(listeningFile, 'utf8')) as Ports), child };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}

async function userOf(db: Database, account: string): Promise<string> {
  const { id } = await db
    .selectFrom('users')
    .innerJoin('account', 'account.id', 'users.account_id')
    .select('users.id')
    .where('account.name', '=', account)
    .where('account.removed', 'is', null)
    .executeTakeFirstOrThrow();
  return id;
}

type Answer = { readonly count?: number; readonly errortext?: string };
type Target = Address & { readonly agent: Agent };

function ask(target: Target, form: string): Promise<{ ms: number; count: number; items: number }> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(form.length) };
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ ...target, path: '/client/api', method: 'POST', headers });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const ms = performance.now() - began;
        const answer = Object.values(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, Answer>)[0]!;
        if (answer.errortext !== undefined) return reject(new Error(answer.errortext));
        resolve({
          ms,
          count: answer.count ?? 0,
          items: Object.values(answer).flatMap((value) => (Array.isArray(value) ? [value.length] : []))[0] ?? 0,
        });
      });
    });
    sent.end(form);
  });
}
