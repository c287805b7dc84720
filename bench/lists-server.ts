import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { signed } from '../packages/cli/src/api-client.ts';
import { type ApiKeys, replaceApiKeys } from '../packages/server/src/accounts/api-keys.ts';
import { openSecrets } from '../packages/server/src/accounts/secrets.ts';
import { type Database, openDatabase } from '../packages/server/src/db/database.ts';
import { completeLibraries } from '../packages/server/src/db/embedded-libraries.ts';

type Values = Readonly<Record<string, string | number | boolean>>;

const nobody = 65534;
const start = new URL('../packages/server/src/start.ts', import.meta.url).pathname;

/** A server as it is installed, a process of its own with its own PostgreSQL; nothing of it stays. */
export type ListServer = {
  readonly db: Database;
  /** Keys of the user of an account: `admin`, or a tenant. */
  keysOf(account: string): Promise<ApiKeys>;
  /** Answers what is in the envelope, and how long it took, ms. */
  ask(
    keys: ApiKeys,
    command: string,
    values: Values,
  ): Promise<{ readonly ms: number; readonly count: number; readonly items: number }>;
  end(): Promise<void>;
};

export async function startListServer(...options: string[]): Promise<ListServer> {
  const dir = mkdtempSync('/var/tmp/lists-');
  for (const part of ['', '/db', '/run', '/server']) {
    mkdirSync(dir + part, { recursive: true });
    if (process.getuid?.() === 0) chownSync(dir + part, nobody, nobody);
  }
  const any = { host: '127.0.0.1', port: 0 };
  const listeningFile = `${dir}/server/listening`;
  const postgres = { dataDir: `${dir}/db/18`, socketDir: `${dir}/run`, log: `${dir}/server/postgres.log` };
  const hypervisors = [{ type: 'KVM', macPrefix: '52:54:00' }];
  const config = {
    dataDir: `${dir}/server`,
    listen: any,
    agentListen: any,
    hypervisors,
    listeningFile,
    postgres,
    logLevel: 'warn',
  };
  writeFileSync(`${dir}/config.json`, JSON.stringify(config));
  // Whom the server runs as may not write there.
  await completeLibraries();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...options, start, `${dir}/config.json`], {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: `${dir}/server`,
    ...(process.getuid?.() === 0 && { uid: nobody, gid: nobody }),
  });
  while (!existsSync(listeningFile)) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await wait(50);
  }
  const { listen } = JSON.parse(readFileSync(listeningFile, 'utf8')) as { listen: { host: string; port: number } };
  const db = openDatabase(`socket:${dir}/run?db=virtstack&user=virtstack`, 1);
  const ca = readFileSync(`${dir}/server/ca.pem`, 'utf8');
  const agent = new Agent({ keepAlive: true, ca });
  return {
    db,
    keysOf: (account) => keysOf(db, `${dir}/server/secret.key`, account),
    ask: (keys, command, values) => ask({ ...listen, agent }, signed(command, values, keys)),
    end: async () => {
      agent.destroy();
      await db.destroy();
      await ended(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

async function keysOf(db: Database, secretFile: string, account: string): Promise<ApiKeys> {
  const { id } = await db
    .selectFrom('users')
    .innerJoin('account', 'account.id', 'users.account_id')
    .select('users.id')
    .where('account.name', '=', account)
    .where('account.removed', 'is', null)
    .executeTakeFirstOrThrow();
  return replaceApiKeys(db, await openSecrets(secretFile), id);
}

type Answer = { readonly count?: number; readonly errortext?: string };
type Target = { readonly host: string; readonly port: number; readonly agent: Agent };

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
