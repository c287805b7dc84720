import { rm, stat } from 'node:fs/promises';
import { type NetworkDocument, PeerError } from '@virtstack/protocol';
import { readIfThere, replaceFile } from '../system/files.ts';
import { findProcess, hasEnded, type Process, send } from '../system/process.ts';
import { run } from '../system/run.ts';
import { configuration, type DnsmasqPaths, dnsmasqPaths, hosts, names, onlyAdds } from './dnsmasq-files.ts';

/** The daemon drops its rights before it reads the list of guests again. */
const READABLE = 0o644;
const OTHERS_PASS = 0o001;
const STOP_MS = 3_000;

/**
 * Makes a dnsmasq of its own serve the network. It outlives the agent. New guests are told to the running daemon; it is started anew where
 * the rest changed, and where a guest went: dnsmasq would keep its address from the next one. `told`: the last document that was applied to the
 * end is this one.
 */
export const applyDnsmasq = async (document: NetworkDocument, directory: string, told: boolean): Promise<void> => {
  const paths = dnsmasqPaths(directory);
  const wanted = { configuration: configuration(document, paths), hosts: hosts(document), names: names(document) };
  const [configured, served = '', daemon] = await Promise.all([
    readIfThere(paths.configuration),
    readIfThere(paths.hosts),
    runningDaemon(paths),
  ]);
  const lives = daemon !== undefined && daemon.argv.length > 0;
  const goesOn = lives && configured === wanted.configuration && onlyAdds(served, wanted.hosts);
  if (goesOn && told && served === wanted.hosts) return;
  await checkReachable(directory);
  if (!goesOn) await stopDnsmasq(directory);
  const files = ['configuration', 'names', 'hosts'] as const;
  await Promise.all(files.map((file) => replaceFile(paths[file], wanted[file], READABLE)));
  if (goesOn) send(daemon, 'SIGHUP');
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

/** Stops the network's daemon; done when it is gone, and its sockets with it. @throws {PeerError} when it does not go. */
export const stopDnsmasq = async (directory: string): Promise<void> => {
  const paths = dnsmasqPaths(directory);
  const daemon = await runningDaemon(paths);
  if (daemon) await end(daemon);
  await rm(paths.pid, { force: true });
};

const end = async (daemon: Process): Promise<void> => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(daemon, signal);
    if (await hasEnded(daemon, STOP_MS)) return;
  }
  throw new PeerError('command-failed', `dnsmasq (process ${daemon.pid}) does not end.`);
};

/** The process of this network's daemon, also while it ends; a pid that something else has by now is none. */
const runningDaemon = async (paths: DnsmasqPaths): Promise<Process | undefined> => {
  const pid = Number(await readIfThere(paths.pid));
  const found = pid > 1 ? await findProcess(pid) : undefined;
  const ends = found?.name === 'dnsmasq' && found.argv.length === 0;
  return ends || found?.argv.includes(`--conf-file=${paths.configuration}`) ? found : undefined;
};
