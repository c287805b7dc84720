import { type SetupCommand, type SetupRequest, type SetupResult, type SetupStep, setup, setupLine } from '@virtstack/protocol';
import { CloudError, type ErrorKind } from '../../error.ts';
import type { Ran } from '../ssh/run.ts';
import { lastWords, type Shell } from '../ssh/shell.ts';

/** Where a host's Node and agent are. */
export type At = { readonly node: string; readonly agent: string };

type Facts = { readonly minutes: number; readonly failure: ErrorKind };
const commands: Readonly<Record<SetupCommand, Facts>> = {
  check: { minutes: 5, failure: 'parameter' },
  // Packages may come from afar, and wait for others that are being installed.
  prepare: { minutes: 45, failure: 'internal' },
  join: { minutes: 5, failure: 'internal' },
  leave: { minutes: 20, failure: 'internal' },
};

/**
 * Runs one of the agent's set-up commands on a host; `onStep` hears of each step that begins.
 * @throws {CloudError} what failed, in the host's own words, and what to do
 */
export async function runSetup<C extends SetupCommand>(
  host: Shell,
  at: At,
  command: C,
  request: SetupRequest<C>,
  onStep: (step: SetupStep) => Promise<void> = async () => {},
): Promise<SetupResult<C>> {
  const facts = commands[command];
  const heard = listening(onStep);
  const ran = await host.run('"$@"', {
    args: [at.node, at.agent, command],
    input: `${JSON.stringify(request)}\n`,
    onLine: heard.line,
    timeoutMs: facts.minutes * 60_000,
  });
  await heard.told();
  if (heard.failed.length > 0)
    throw new CloudError(facts.failure, `Host ${host.address}: ${heard.failed.map(wordsOf).join(' ')}`);
  const result = setup[command].result.safeParse(heard.result);
  if (ran.code === 0 && result.success) return result.data as SetupResult<C>;
  throw new CloudError('internal', ended(host, at, command, ran, heard.result));
}

function listening(onStep: (step: SetupStep) => Promise<void>) {
  const failed: SetupStep[] = [];
  let result: unknown;
  let telling = Promise.resolve();
  const line = (text: string): void => {
    const read = setupLine.safeParse(parsed(text));
    if (!read.success) return;
    if (read.data.kind === 'result') result = read.data.result;
    else if (read.data.state === 'failed') failed.push(read.data);
    else if (read.data.state === 'started') {
      const step = read.data;
      telling = telling.then(() => onStep(step));
      telling.catch(() => {});
    }
  };
  return {
    line,
    failed,
    told: () => telling,
    get result() {
      return result;
    },
  };
}

/** Other programs' words may stand between the lines. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const sentence = (text: string): string => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
const wordsOf = ({ name, words, advice }: SetupStep): string =>
  [`${name}: ${sentence(words ?? 'it failed')}`, ...(advice ? [sentence(advice)] : [])].join(' ');

function ended({ address }: Shell, { node, agent }: At, command: SetupCommand, ran: Ran, result: unknown): string {
  const what = `${node} ${agent} ${command}`;
  if (ran.code === 126 || ran.code === 127)
    return `The host ${address} cannot run ${what}: ${lastWords(ran)} It needs the same processor architecture as the management server, and a file system at /opt from which programs may be run.`;
  const how =
    ran.code === 0
      ? `answered what this server does not understand (${JSON.stringify(result)?.slice(0, 200)})`
      : `ended with ${ran.code}`;
  return `${what} ${how} on host ${address}: ${lastWords(ran)}`;
}
