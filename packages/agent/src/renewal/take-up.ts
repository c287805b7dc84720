import { catalogue, type Profile } from '@virtstack/hypervisor';
import { type Connection, VIR_CONNECT_LIST_DOMAINS_ACTIVE } from '@virtstack/libvirt';
import type { AgentConfig } from '../config.ts';
import { jobOf } from '../migration/job.ts';
import { libvirtAnswers, libvirtDaemon } from '../setup/libvirt-daemon.ts';
import { places } from '../setup/places.ts';
import { otherCertificate, tlsTrouble } from '../setup/tls-trouble.ts';
import { systemctl, unitState } from '../setup/units.ts';
import { run } from '../system/run.ts';

export type TakeUpOptions = {
  readonly config: Pick<AgentConfig, 'certificate' | 'uri'>;
  /** Whether no guest moves, and nothing else is under way that needs libvirt. */
  readonly quiet: () => Promise<boolean>;
};

/**
 * Has libvirt show the host's present certificate to the other hosts, where it shows an earlier one, or could not start with it. It reads its files when
 * it starts (`virt-admin server-update-tls` looks in other places than its configuration names), so it is started anew, in a quiet moment; guests
 * run on. Answers what is the matter, and what helps.
 */
export const takeUp = async ({ config, quiet }: TakeUpOptions): Promise<string | undefined> => {
  const profile = catalogue.find(({ uri }) => uri === config.uri);
  if (config.certificate !== places.certificate || !profile) return undefined;
  try {
    await startWithIt(profile, quiet);
    return undefined;
  } catch (error) {
    return `its libvirt did not take it up: ${(error as Error).message} Guests run on, and none can be moved there once the earlier one has ended. Look at libvirt on the host.`;
  }
};

const startWithIt = async (profile: Profile, quiet: () => Promise<boolean>): Promise<void> => {
  const { remote, service } = await libvirtDaemon(profile);
  if ((await unitState(remote.service)).active) {
    if ((await tlsTrouble()) !== otherCertificate || !(await quiet())) return;
    await systemctl('restart', remote.service);
  } else {
    // One that may start as often as it likes has given up. One that systemd starts when it is asked for needs nothing.
    await run(['systemctl', 'reset-failed', remote.service]).catch(() => {});
    if (!(await unitState(remote.service)).enabled) return;
    await systemctl('start', remote.service);
  }
  await libvirtAnswers(profile, service);
};

/** Whether nothing is done with any guest that a restart of libvirt would cut off. */
export const noneMoves = async ({ domains }: Connection): Promise<boolean> => {
  for (const domain of await domains.list(VIR_CONNECT_LIST_DOMAINS_ACTIVE)) if ((await jobOf(domain)) !== undefined) return false;
  return true;
};
