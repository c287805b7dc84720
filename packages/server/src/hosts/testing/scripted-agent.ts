import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { SetupCommand, SetupStep } from '@virtstack/protocol';

/** What the host's agent is to do, where that is not what a good one does. */
export type Plan = Partial<
  Record<
    SetupCommand,
    {
      readonly failures?: readonly Pick<SetupStep, 'name' | 'words' | 'advice'>[];
      readonly result?: Readonly<Record<string, unknown>>;
      /** It waits in the middle until this file is there. */
      readonly until?: string;
      /** It ends with this code, these words and no result. */
      readonly dies?: { readonly code: number; readonly words: string };
    }
  >
>;
export type SetupCall = { readonly command: SetupCommand; readonly request: Readonly<Record<string, unknown>> };

/** An agent that is set up over SSH in a test's own world, for the failures which a real one will not give on demand. */
export type ScriptedAgent = {
  /** The file that the server copies. */
  readonly bundle: string;
  readonly guid: string;
  /** What it was asked for, since the last `plan`. */
  calls(): readonly SetupCall[];
  /** From now on; what was asked is forgotten. */
  plan(plan: Plan): void;
  /** The certificate that it was given. */
  certificate(): string;
};

const source = (dir: string, guid: string): string => `
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
const dir = ${JSON.stringify(dir)};
const command = process.argv[2];
const request = JSON.parse(readFileSync(0, 'utf8') || '{}');
appendFileSync(dir + '/calls', JSON.stringify({ command, request }) + '\\n');
const plan = JSON.parse(readFileSync(dir + '/plan.json', 'utf8'))[command] ?? {};
const say = (line) => process.stdout.write(JSON.stringify(line) + '\\n');
const guid = ${JSON.stringify(guid)};
say({ kind: 'step', name: 'begin to ' + command, state: 'started' });
console.log('a program that speaks in between');
while (plan.until && !existsSync(plan.until)) await wait(20);
say({ kind: 'step', name: 'begin to ' + command, state: 'done' });
for (const failure of plan.failures ?? []) say({ kind: 'step', state: 'failed', ...failure });
if (plan.dies) {
  process.stderr.write(plan.dies.words + '\\n');
  process.exit(plan.dies.code);
}
const answers = {
  check: () => ({ hostname: 'scripted', arch: 'x86_64', operatingSystem: 'Test', hypervisors: ['KVM'] }),
  prepare: () => {
    const made = ['req', '-new', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', dir + '/key', '-subj', '/CN=whoever'];
    return { guid, csr: execFileSync('openssl', made, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) };
  },
  join: () => {
    writeFileSync(dir + '/certificate', request.certificate);
    return {};
  },
  leave: () => ({}),
};
if (!plan.failures) say({ kind: 'result', result: { ...answers[command](), ...plan.result } });
process.exitCode = plan.failures ? 1 : 0;
`;

// At import, where the hook belongs to the file and not to a single test.
const made: string[] = [];
after(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

export function scriptedAgent(guid: string): ScriptedAgent {
  const dir = mkdtempSync(join(tmpdir(), 'scripted-agent-'));
  made.push(dir);
  const bundle = join(dir, 'agent.mjs');
  const calls = join(dir, 'calls');
  writeFileSync(bundle, source(dir, guid));
  const plan = (wanted: Plan): void => {
    writeFileSync(join(dir, 'plan.json'), JSON.stringify(wanted));
    rmSync(calls, { force: true });
  };
  plan({});
  return {
    bundle,
    guid,
    plan,
    certificate: () => readFileSync(join(dir, 'certificate'), 'utf8'),
    calls: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trim()
            .split('\n')
            // Made, and not written yet.
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as SetupCall)
        : [],
  };
}
