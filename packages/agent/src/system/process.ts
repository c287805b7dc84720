import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno } from './files.ts';

/** A process of the host. The start time tells it from a later one that got the same number. */
export type Process = {
  readonly pid: number;
  readonly startTime: string;
  readonly name: string;
  /** Empty while it ends. */
  readonly argv: readonly string[];
};

/** Undefined when there is none, or nothing of it but its exit code: then all that it had open is closed. */
export const findProcess = async (pid: number): Promise<Process | undefined> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
    // proc(5): the name stands in brackets and may hold any character; the state follows it, the start time is the 22nd field.
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    return 'ZX'.includes(fields[0]!)
      ? undefined
      : { pid, startTime: fields[19]!, name: stat.slice(stat.indexOf('(') + 1, end), argv };
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
};

/** Waits for a process's end; false when it goes on for longer than `timeoutMs`. */
export const hasEnded = async ({ pid, startTime }: Process, timeoutMs: number): Promise<boolean> => {
  for (const until = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
    if ((await findProcess(pid))?.startTime !== startTime) return true;
    if (Date.now() > until) return false;
  }
};

const POLL_MS = 5;

/** Sends a signal; a process that is gone does not mind. */
export const send = ({ pid }: Process, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasErrno(error, 'ESRCH')) throw error;
  }
};
