import { type Outcome, run, until } from '@virtstack/shell/run.ts';
import { labKey } from './image.ts';
import { inside, type Network } from './network.ts';
import { sh } from './sh.ts';

/** Somebody who can be reached: its key is in `knownHosts`. */
export type Reach = { readonly network: Network; readonly address: string; readonly knownHosts: string };

const options = ({ knownHosts }: Reach): string[] =>
  [
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts}`,
    'BatchMode=yes',
    'ConnectTimeout=30',
    'LogLevel=ERROR',
  ]
    .flatMap((option) => ['-o', option])
    .concat('-F', '/dev/null', '-i', labKey);

/** The command line that runs a command of the host's shell, or without one its shell. */
export const sshCommand = (reach: Reach, command: readonly string[] = []): string[] =>
  inside(reach.network, ['ssh', ...options(reach), `root@${reach.address}`, ...command]);

/** Runs a line in the host's shell. @throws {Error} it failed: its last words. */
export const onHost = (reach: Reach, line: string, input = ''): Promise<string> => sh(sshCommand(reach, [line]), { input });

/** The same; the outcome is the caller's. */
export const tryOnHost = (reach: Reach, line: string, timeoutMs?: number): Promise<Outcome> =>
  run(sshCommand(reach, [line]), timeoutMs === undefined ? {} : { timeoutMs });

/** Waits until the line succeeds on the host. @throws {Error} it did not in time, with what was seen last. */
export async function untilOnHost(reach: Reach, line: string, timeoutMs: number): Promise<void> {
  let last: Outcome | undefined;
  const succeeds = async (): Promise<boolean> => {
    last = await tryOnHost(reach, line, 20_000);
    return last.code === 0;
  };
  if (await until(succeeds, timeoutMs)) return;
  throw new Error(`${reach.address} does not answer to "${line}" within ${timeoutMs / 1000} s: ${last?.stderr.trim()}`);
}
