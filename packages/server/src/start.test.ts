import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { send } from './http/testing.ts';

const program = fileURLToPath(new URL('./start.ts', import.meta.url));
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'start-'));
  if (unprivileged.uid) await chown(dir, unprivileged.uid, unprivileged.gid);
});
after(() => rm(dir, { recursive: true, force: true }));

type Listening = { listen: { host: string; port: number }; agentListen: { host: string; port: number } };
type Running = { child: ChildProcess; ms: number; listening: Listening; output(): string };

async function configure(change: object = {}): Promise<string> {
  const file = join(dir, 'config.json');
  const any = { host: '127.0.0.1', port: 0 };
  const postgres = { dataDir: join(dir, 'database'), socketDir: join(dir, 'run'), log: join(dir, 'postgres.log') };
  const base = {
    dataDir: join(dir, 'server'),
    listen: any,
    agentListen: any,
    hypervisors: [],
    listeningFile: join(dir, 'listening'),
    postgres,
  };
  await writeFile(file, JSON.stringify({ ...base, ...change }));
  return file;
}

function launch(file: string): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, [program, file], { ...unprivileged, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  return { child, output: () => text };
}

async function start(): Promise<Running> {
  const began = performance.now();
  await rm(join(dir, 'listening'), { force: true });
  const { child, output } = launch(await configure());
  for (;;) {
    const text = await readFile(join(dir, 'listening'), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return { child, output, ms: performance.now() - began, listening: JSON.parse(text) as Listening };
    assert.equal(child.exitCode, null, output());
    await wait(10);
  }
}

const end = async ({ child }: Running, signal: NodeJS.Signals): Promise<number | null> => {
  const ended = once(child, 'exit');
  child.kill(signal);
  return (await ended)[0] as number | null;
};
const answers = async ({ listening }: Running): Promise<number> => {
  const authority = await readFile(join(dir, 'server', 'ca.pem'), 'utf8');
  return (await send({ address: listening.listen, authority }, '/client/api?command=listZones')).status;
};

/** Who listens, be it for TCP or UDP, in a process and in those that it started: `ADDRESS:PORT`. */
async function listeners(pid: number): Promise<string[]> {
  const inodes = new Set<string>();
  for (const one of await family(pid))
    for (const fd of await readdir(`/proc/${one}/fd`))
      inodes.add(/^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${one}/fd/${fd}`).catch(() => ''))?.[1] ?? '');
  const found: string[] = [];
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) {
    const lines = (await readFile(`/proc/net/${table}`, 'utf8')).trim().split('\n').slice(1);
    for (const line of lines) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const listens = table.startsWith('udp') || state === '0A';
      if (listens && inodes.has(inode!)) found.push(`${table} ${Number.parseInt(local!.split(':')[1]!, 16)}`);
    }
  }
  return found.sort();
}

/** A process and all below it. */
async function family(pid: number): Promise<number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
  return [pid, ...(await Promise.all(children.map(family))).flat()];
}

test('the server and its database listen at the two documented ports, and nowhere else', async () => {
  const running = await start();
  const { listen, agentListen } = running.listening;
  assert.ok((await family(running.child.pid!)).length > 3, 'PostgreSQL’s processes are among those looked at');
  assert.deepEqual(await listeners(running.child.pid!), [`tcp ${listen.port}`, `tcp ${agentListen.port}`].sort());
  await end(running, 'SIGTERM');
  const docs = await readFile(new URL('../../../docs/operations/README.md', import.meta.url), 'utf8');
  const documented = [...docs.matchAll(/^\| (\d+) \(`--\w+`\) \| server \|/gm)].map(([, port]) => port);
  assert.deepEqual(documented, ['8443', '8250']);
});

test('a server starts from nothing, ends at SIGTERM, survives kill -9 on the same database, and keeps its certificate', async () => {
  const first = await start();
  assert.equal(await answers(first), 401);
  assert.equal(await end(first, 'SIGTERM'), 0);
  assert.match(first.output(), /"msg":"stopped"/);
  const certificate = await readFile(join(dir, 'server', 'server.pem'), 'utf8');
  for (const file of ['secret.key', 'server.pem']) assert.equal((await stat(join(dir, 'server', file))).mode & 0o777, 0o600);

  const second = await start();
  assert.equal(await answers(second), 401);
  await end(second, 'SIGKILL');

  const third = await start();
  assert.match(third.output(), /"adopted":true/);
  assert.equal(await answers(third), 401);
  assert.equal(await readFile(join(dir, 'server', 'server.pem'), 'utf8'), certificate);
  assert.equal(await end(third, 'SIGTERM'), 0);
});

test('a port that is taken is one line, and nothing is left running', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const { child, output } = launch(await configure({ listen: { host: '127.0.0.1', port } }));
  const [code] = (await once(child, 'exit')) as [number];
  other.close();
  assert.equal(code, 1);
  const last = JSON.parse(output().trim().split('\n').at(-1)!) as { msg: string };
  assert.match(last.msg, new RegExp(`^127\\.0\\.0\\.1:${port} is taken by another program`));
  await assert.rejects(stat(join(dir, 'database', 'postmaster.pid')), { code: 'ENOENT' });
});
