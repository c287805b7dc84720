import { agentPart } from './configs.ts';
import type { Hosts } from './hosts.ts';
import { checkLibvirt } from './libvirt-check.ts';
import { startLibvirt, watchLibvirt } from './libvirt-service.ts';
import { localProfile } from './local-hypervisor.ts';
import type { Paths } from './paths.ts';

/** This machine as the cloud's only host. @throws {UserError} its libvirt does not serve it, or is too old. */
export async function thisMachine(paths: Paths): Promise<Hosts> {
  await startLibvirt(paths);
  const watch = watchLibvirt(paths);
  try {
    const profile = await localProfile();
    await checkLibvirt(profile);
    const place = { cluster: 'cluster1', pool: 'local', primary: paths.primary, url: 'http://127.0.0.1' };
    return {
      all: [{ hypervisor: profile.label, ...place }],
      // It may have no acceleration; an admin who runs the cloud on it has chosen it.
      emulation: true,
      join: async ({ api, chosen, bundles, supervisor }) =>
        supervisor.keep(await agentPart(api, paths, chosen, bundles, profile)),
      release: () => watch.stop(),
    };
  } catch (error) {
    watch.stop();
    throw error;
  }
}
