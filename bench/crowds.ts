import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Authority } from '../packages/server/src/accounts/authority.ts';
import { uuidOf } from './agents-seed.ts';
import type { CrowdFigures, CrowdOrder, Member } from './crowd.ts';

const program = (name: string): string => new URL(name, import.meta.url).pathname;
const execArgv = ['--disable-warning=ExperimentalWarning'];

/** Simulated agents, in processes of their own. */
export type Crowd = { figures(): Promise<CrowdFigures>; end(): Promise<void> };

/** Certificates as hosts have them, for as many. */
export async function membersOf(authority: Authority, count: number): Promise<Member[]> {
  const members: Member[] = [];
  const beside = 8;
  for (let from = 1; from <= count; from += beside) {
    const some = Array.from({ length: Math.min(beside, count - from + 1) }, async (_, n) => {
      const subject = { commonName: uuidOf('guid', from + n), names: [`host-${from + n}`], addresses: [], days: 365 };
      return { n: from + n, ...(await authority.issue(subject)) };
    });
    members.push(...(await Promise.all(some)));
  }
  return members;
}

/** All of them begin to connect now. */
export function startCrowd(order: CrowdOrder, processes = 2): Crowd {
  const share = Math.ceil(order.members.length / processes);
  const children = Array.from({ length: processes }, (_, n) =>
    started('crowd.ts', { ...order, members: order.members.slice(n * share, (n + 1) * share) }),
  );
  return {
    async figures() {
      const all = await Promise.all(children.map(figuresOf));
      const sum = (of: (one: CrowdFigures) => number): number => all.reduce((total, one) => total + of(one), 0);
      return {
        connected: sum((one) => one.connected),
        welcomes: sum((one) => one.welcomes),
        orders: sum((one) => one.orders),
        cpuMs: sum((one) => one.cpuMs),
        rss: sum((one) => one.rss),
      };
    },
    end: async () => void (await Promise.all(children.map(gone))),
  };
}

/** How long the same agents take to be answered by a server that does nothing else, and its CPU time, ms. */
export async function bareRun(order: Omit<CrowdOrder, 'url'>, authority: Authority, cpuOf: (pid: number) => number) {
  const own = await authority.issue({ commonName: 'localhost', names: ['localhost'], addresses: ['127.0.0.1'], days: 1 });
  const server = started('bare-server.ts', { ...own, ca: order.ca });
  const [port] = (await once(server, 'message')) as [number];
  const before = cpuOf(server.pid!);
  const crowd = startCrowd({ ...order, url: `wss://127.0.0.1:${port}/agent` });
  const began = performance.now();
  while ((await crowd.figures()).connected < order.members.length) await wait(100);
  const taken = { ms: performance.now() - began, cpuMs: cpuOf(server.pid!) - before, crowdMs: (await crowd.figures()).cpuMs };
  await crowd.end();
  await gone(server);
  return taken;
}

/** What it is told lies in a file that goes with it: keys, too large for an argument. */
function started(name: string, order: object): ChildProcess {
  const dir = mkdtempSync('/var/tmp/crowd-');
  writeFileSync(`${dir}/order.json`, JSON.stringify(order), { mode: 0o600 });
  const child = fork(program(`./${name}`), [`${dir}/order.json`], { execArgv });
  child.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  return child;
}

async function figuresOf(child: ChildProcess): Promise<CrowdFigures> {
  child.send('figures');
  return ((await once(child, 'message')) as [CrowdFigures])[0];
}

async function gone(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
