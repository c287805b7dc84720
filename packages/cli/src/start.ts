import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { ensureAdmin } from './admin.ts';
import { ApiClient } from './api-client.ts';
import { makeBundles } from './bundles.ts';
import { imageStorePart, listeningFile, serverPart } from './configs.ts';
import { ensureDirectories, ensureUsers } from './directories.ts';
import { hostIsUp } from './host-is-up.ts';
import type { Hosts, PrepareHosts } from './hosts.ts';
import type { Installation } from './options.ts';
import type { Paths } from './paths.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import type { Ready } from './provision.ts';
import { readAdmin } from './summary.ts';
import { Supervisor } from './supervisor.ts';

export type RunningCloud = { stop(): Promise<void> };

/** Starts every part and makes a ready zone of the hosts; what is there already is found, not made again. */
export async function startCloud(paths: Paths, chosen: Installation, prepareHosts: PrepareHosts): Promise<RunningCloud> {
  const users = await ensureUsers();
  ensureDirectories(paths, users);
  writePidFile(paths);
  const supervisor = new Supervisor(paths);
  let hosts: Hosts | undefined;
  const stop = async (): Promise<void> => {
    hosts?.release();
    await supervisor.stop();
    removePidFile(paths);
  };
  try {
    const prepared = prepareHosts(paths, chosen).then((ready) => (hosts = ready));
    const [bundles] = await Promise.all([makeBundles(), embeddedLibraries(), prepared]);
    const ready = readReady(paths);
    const stands = ready && (await prepared).all.every(({ name }) => name === undefined || ready.hosts.includes(name));
    // The template takes longest to build, and nothing but the last step needs it.
    const tiny = stands ? undefined : (await import('./tiny.ts')).makeTiny();
    tiny?.catch(() => {});
    say('starting the management server');
    supervisor.keep(serverPart(paths, chosen, users, bundles));
    await serverAnswers(paths);
    await ensureAdmin(paths, chosen);
    const api = new ApiClient(readAdmin(paths));
    supervisor.keep(await imageStorePart(api, paths, chosen, users, bundles));
    await hosts!.join({ api, paths, chosen, bundles, supervisor });
    if (!stands) {
      const { provision } = await import('./provision.ts');
      const made = await provision(api, { hosts: hosts!, tiny: () => tiny!, paths });
      writeFileSync(paths.ready, `${JSON.stringify(made)}\n`);
    }
    if (hosts!.all.length > 0 && !(await until(() => hostIsUp(api), 30_000)))
      say('no agent has connected yet: ./virtstack logs agent');
    say('ready');
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What an earlier start made. */
export const readReady = (paths: Paths): Ready | undefined =>
  existsSync(paths.ready) ? (JSON.parse(readFileSync(paths.ready, 'utf8')) as Ready) : undefined;

/** @throws {UserError} it does not listen in time, with its last words. */
async function serverAnswers(paths: Paths): Promise<void> {
  if (await until(() => existsSync(listeningFile(paths)), 60_000)) return;
  const words = readFileSync(`${paths.log}/server.log`, 'utf8').trim().split('\n').slice(-3).join('\n  ');
  throw new UserError(`the management server does not listen after 60 s. Its last words:\n  ${words}`);
}

/** PostgreSQL's libraries get the links that its package's install script would have made; the server itself may not write there. */
const embeddedLibraries = async (): Promise<void> =>
  (await import('@virtstack/server/db/embedded-libraries.ts')).completeLibraries();
