import { readdirSync, readFileSync } from 'node:fs';
import { Cloud, eventually } from '../test/cloud/cloud.ts';
import { median, megabytes, milliseconds } from './figures.ts';

/**
 * From the command to the first answer of the API, once installed (held to 2 s), and what the parts take when nothing happens
 * (held to: server 250 MB, agent 90 MB). Memory is what is resident, shared pages included; the database's processes share most, so theirs is the
 * proportional set size.
 */
const runs = 5;
const cloud = new Cloud();
await cloud.up();
try {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await cloud.virtstack('down');
    const start = performance.now();
    const up = cloud.up();
    await eventually(
      'an answer',
      () => cloud.api.list('listZones').catch(() => []),
      (zones) => zones.length > 0,
    );
    times.push(performance.now() - start);
    await up;
  }
  console.log(
    `command to first answer  median ${milliseconds(median(times))} (held to 2000 ms): ${median(times) < 2000 ? 'held' : 'NOT HELD'}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  report('server', await cloud.pid('server/src/start.ts'), 250e6);
  report('agent', await cloud.pid('agent.mjs'), 90e6);
  report('image store', await cloud.pid('image-store.mjs'));
  const postgres = processes((line) => line.includes('postgres'));
  console.log(
    `database                 ${megabytes(postgres.reduce((sum, pid) => sum + field('smaps_rollup', 'Pss', pid), 0))} in ${postgres.length} processes`,
  );
} finally {
  await cloud.end();
}

function report(name: string, pid: number, limit?: number): void {
  const bytes = field('status', 'VmRSS', pid);
  const verdict = limit ? ` (held to ${megabytes(limit)}): ${bytes < limit ? 'held' : 'NOT HELD'}` : '';
  if (limit && bytes >= limit) process.exitCode = 1;
  console.log(`${name.padEnd(24)} ${megabytes(bytes)}${verdict}`);
}

/** A field of one of a process's files in /proc, bytes. */
function field(file: 'status' | 'smaps_rollup', name: 'VmRSS' | 'Pss', pid: number): number {
  const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)![1]) * 1024;
}

function processes(matches: (commandLine: string) => boolean): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return matches(readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')[0]!) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
