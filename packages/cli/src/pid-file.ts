import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Paths } from './paths.ts';

/** The process that keeps this installation's parts, if it runs: the file's number, believed only when that process says it is ours. */
export function runningSupervisor(paths: Paths): number | undefined {
  try {
    const [pid, started] = readFileSync(paths.pid, 'utf8').trim().split(' ');
    return startTime(Number(pid)) === started ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

export const writePidFile = (paths: Paths): void => writeFileSync(paths.pid, `${process.pid} ${startTime(process.pid)}\n`);
export const removePidFile = (paths: Paths): void => rmSync(paths.pid, { force: true });

/** When the process started, in clock ticks since boot: with its number it names one process for ever (proc(5), field 22). */
function startTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}
