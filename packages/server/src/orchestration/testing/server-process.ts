import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openAuthority } from '../../accounts/authority.ts';
import { openSecrets } from '../../accounts/secrets.ts';
import type { Database } from '../../db/database.ts';
import type { ReachedServer } from '../../http/testing.ts';
import type { RunningServer } from '../../main.ts';
import type { AgentsServer } from './fake-host.ts';

const program = fileURLToPath(new URL('../../start.ts', import.meta.url));

/** A management server in a process of its own, which can be killed. */
export type ServerProcess = ReachedServer &
  AgentsServer &
  Pick<RunningServer, 'firstAdmin'> & {
    /** kill -9; done when it is gone. */
    kill(): Promise<void>;
  };

export type ProcessOptions = {
  readonly dataDir: string;
  /** The test's own way to the database: certificates are signed by it. */
  readonly db: Database;
  /** What its configuration says beside the usual: `databaseUrl` or `postgres`, `agentBundle` … */
  readonly config: Readonly<Record<string, unknown>>;
  readonly firstAdmin: RunningServer['firstAdmin'];
};

const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts one and waits until it listens. What it logs is appended to `server.log` of its directory. */
export async function startServerProcess({ dataDir, db, config, firstAdmin }: ProcessOptions): Promise<ServerProcess> {
  const file = join(dataDir, 'config.json');
  const listeningFile = join(dataDir, 'listening');
  const any = { host: '127.0.0.1', port: 0 };
  const usual = { dataDir, listeningFile, listen: any, agentListen: any, hypervisors: [{ type: 'KVM', macPrefix: '52:54:00' }] };
  await rm(listeningFile, { force: true });
  await writeFile(file, JSON.stringify({ ...usual, ...config }), { mode: 0o600 });
  const child = spawn(process.execPath, [program, file], { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout!.pipe(createWriteStream(join(dataDir, 'server.log'), { flags: 'a' }));
  running.add(child);
  const ended = once(child, 'exit').then(() => void running.delete(child));
  const { listen, agentListen } = await listening(child, listeningFile, join(dataDir, 'server.log'));
  const authority = await openAuthority(db, await openSecrets(join(dataDir, 'secret.key')));
  return {
    ...{ address: listen, agentAddress: agentListen, authority: authority.certificate, firstAdmin },
    cloud: { authority },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

type Listening = Record<'listen' | 'agentListen', RunningServer['address']>;

async function listening(child: ChildProcess, file: string, log: string): Promise<Listening> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return JSON.parse(text) as Listening;
    if (child.exitCode !== null) throw new Error(`the server does not start:\n${(await readFile(log, 'utf8')).slice(-2000)}`);
    await wait(10);
  }
}
