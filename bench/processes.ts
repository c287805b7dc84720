import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of /proc/PID/stat are hundredths of a second on every Linux of today. */
const msPerTick = 10;

/** Fields of /proc/PID/stat from the third on: what is before may contain spaces. */
const stat = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');

/** CPU time of a process, ms. */
export function cpuOf(pid: number): number {
  const fields = stat(pid);
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** Of a process and of all of its children, those that ended included. */
export function cpuOfFamily(pid: number): number {
  const fields = stat(pid);
  const ended = (Number(fields[13]) + Number(fields[14])) * msPerTick;
  return cpuOf(pid) + ended + childrenOf(pid).reduce((sum, child) => sum + cpuOf(child), 0);
}

export function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && Number(stat(Number(name))[1]) === parent ? [Number(name)] : [];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
