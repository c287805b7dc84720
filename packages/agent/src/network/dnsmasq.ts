import { readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type NetworkDocument, PeerError } from '@virtstack/protocol';
import { hasErrno, readIfThere, writeAtomically } from '../system/files.ts';
import { run } from '../system/run.ts';
import { configuration, type DnsmasqPaths, dnsmasqPaths, hosts, names, onlyAdds } from './dnsmasq-files.ts';

/** The daemon drops its rights before it reads the list of guests again. */
const READABLE = 0o644;
const OTHERS_PASS = 0o001;
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
  await checkReachable(directory);
  if (!goesOn) await stopDnsmasq(directory);
  await writeAtomically(paths.configuration, wanted.configuration, READABLE);
  await writeAtomically(paths.names, names(document), READABLE);
  await writeAtomically(paths.hosts, wanted.hosts, READABLE);
  if (goesOn) process.kill(pid, 'SIGHUP');
  else await run(['dnsmasq', `--conf-file=${paths.configuration}`]);
};

/** Without its rights the daemon would find nothing, and say so only in the system's log. */
const checkReachable = async (directory: string): Promise<void> => {
  const parts = directory.split('/');
  for (const path of parts.map((_, index) => parts.slice(0, index + 1).join('/') || '/')) {
    const { mode } = await stat(path);
    if ((mode & OTHERS_PASS) === 0)
      throw new PeerError(
        'invalid',
        `dnsmasq, which runs without root's rights, cannot reach ${directory}: ${path} is closed to it (mode ${(mode & 0o777).toString(8)}). chmod o+x ${path}`,
      );
  }
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
