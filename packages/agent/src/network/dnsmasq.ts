import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type NetworkDocument, PeerError } from '@virtstack/protocol';
import { hasErrno, readIfThere, writeAtomically } from '../system/files.ts';
import { run } from '../system/run.ts';
import { configuration, type DnsmasqPaths, dnsmasqPaths, hosts, onlyAdds } from './dnsmasq-files.ts';

/** The daemon drops its rights before it reads the list of guests again. */
const READABLE = 0o644;
const STOP_MS = 5_000;

/**
 * Makes a dnsmasq of its own serve the network. It outlives the agent. New guests are told to the running daemon; it is started anew where
 * the rest changed, and where a guest went: dnsmasq would keep its address from the next one.
 */
export const applyDnsmasq = async (document: NetworkDocument, directory: string): Promise<void> => {
  const paths = dnsmasqPaths(directory);
  const wanted = { configuration: configuration(document, paths), hosts: hosts(document) };
  const before = { configuration: await readIfThere(paths.configuration), hosts: (await readIfThere(paths.hosts)) ?? '' };
  const pid = await runningPid(paths);
  const goesOn = pid !== undefined && before.configuration === wanted.configuration && onlyAdds(before.hosts, wanted.hosts);
  if (goesOn && before.hosts === wanted.hosts) return;
  if (!goesOn) await stopDnsmasq(directory);
  await writeAtomically(paths.configuration, wanted.configuration, READABLE);
  await writeAtomically(paths.hosts, wanted.hosts, READABLE);
  if (goesOn) process.kill(pid, 'SIGHUP');
  else await run(['dnsmasq', `--conf-file=${paths.configuration}`]);
};

/** Stops the network's daemon; done when it is gone. @throws {PeerError} when it does not go. */
export const stopDnsmasq = async (directory: string): Promise<void> => {
  const paths = dnsmasqPaths(directory);
  const pid = await runningPid(paths);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    await gone(paths, pid);
  }
  await rm(paths.pid, { force: true });
};

const gone = async (paths: DnsmasqPaths, pid: number): Promise<void> => {
  for (const until = Date.now() + STOP_MS; Date.now() < until; await sleep(10)) if (!(await isOurs(paths, pid))) return;
  throw new PeerError('command-failed', `dnsmasq (process ${pid}) does not end.`);
};

/** The process of this network's daemon; a pid that something else has by now is none. */
const runningPid = async (paths: DnsmasqPaths): Promise<number | undefined> => {
  const pid = Number(await readIfThere(paths.pid));
  return pid > 1 && (await isOurs(paths, pid)) ? pid : undefined;
};

const isOurs = async (paths: DnsmasqPaths, pid: number): Promise<boolean> => {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes(`--conf-file=${paths.configuration}`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return false;
    throw error;
  }
};
