import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { ensureAdmin } from './admin.ts';
import { ApiClient } from './api-client.ts';
import { makeBundles } from './bundles.ts';
import { agentPart, imageStorePart, listeningFile, serverPart } from './configs.ts';
import { ensureDirectories, ensureUsers } from './directories.ts';
import { hostIsUp } from './host-is-up.ts';
import { checkLibvirt } from './libvirt-check.ts';
import { startLibvirt, watchLibvirt } from './libvirt-service.ts';
import { localProfile } from './local-hypervisor.ts';
import type { Installation } from './options.ts';
import type { Paths } from './paths.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import { readAdmin } from './summary.ts';
import { Supervisor } from './supervisor.ts';

export type RunningCloud = { stop(): Promise<void> };

/** Starts every part and makes a ready zone; what is there already is found, not made again. */
export async function startCloud(paths: Paths, chosen: Installation): Promise<RunningCloud> {
  const users = await ensureUsers();
  ensureDirectories(paths, users);
  writePidFile(paths);
  const supervisor = new Supervisor(paths);
  let watch: { stop(): void } | undefined;
  const stop = async (): Promise<void> => {
    watch?.stop();
    await supervisor.stop();
    removePidFile(paths);
  };
  try {
    const [bundles] = await Promise.all([makeBundles(), embeddedLibraries(), startLibvirt(paths)]);
    watch = watchLibvirt(paths);
    const profile = await localProfile();
    await checkLibvirt(profile);
    // The template takes longest to build, and nothing but the last step needs it.
    const tiny = existsSync(paths.ready) ? undefined : (await import('./tiny.ts')).makeTiny();
    tiny?.catch(() => {});
    say('starting the management server');
    supervisor.keep(serverPart(paths, chosen, users, bundles));
    await serverAnswers(paths);
    await ensureAdmin(paths, chosen);
    const api = new ApiClient(readAdmin(paths));
    supervisor.keep(await imageStorePart(api, paths, chosen, users, bundles));
    supervisor.keep(await agentPart(api, paths, chosen, bundles, profile));
    if (!existsSync(paths.ready)) {
      const { provision } = await import('./provision.ts');
      const made = await provision(api, { hypervisor: profile.label, tiny: () => tiny!, paths });
      writeFileSync(paths.ready, `${JSON.stringify(made)}\n`);
    }
    if (!(await until(() => hostIsUp(api), 30_000))) say('this machine’s agent has not connected yet: ./virtstack logs agent');
    say('ready');
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws {UserError} it does not listen in time, with its last words. */
async function serverAnswers(paths: Paths): Promise<void> {
  if (await until(() => existsSync(listeningFile(paths)), 60_000)) return;
  const words = readFileSync(`${paths.log}/server.log`, 'utf8').trim().split('\n').slice(-3).join('\n  ');
  throw new UserError(`the management server does not listen after 60 s. Its last words:\n  ${words}`);
}

/** PostgreSQL's libraries get the links that its package's install script would have made; the server itself may not write there. */
const embeddedLibraries = async (): Promise<void> =>
  (await import('@virtstack/server/db/embedded-libraries.ts')).completeLibraries();
