import { setTimeout as sleep } from 'node:timers/promises';
import type { Profile } from '@virtstack/hypervisor';
import { connect } from '@virtstack/libvirt';
import { SetupError } from './setup-error.ts';
import { unitState } from './units.ts';

/** Which of libvirt's units serve a hypervisor: one daemon for all, or, where the distribution divides it, one of its own. */
export type LibvirtDaemon = {
  readonly service: string;
  /** To be enabled and started, in this order. */
  readonly units: readonly string[];
  /** What serves others over TLS. */
  readonly remote: { readonly service: string; readonly socket: string; readonly configuration: string };
};

const lockAndLog = ['virtlogd.socket', 'virtlockd.socket'];

const whole: LibvirtDaemon = {
  service: 'libvirtd.service',
  units: [...lockAndLog, 'libvirtd.socket', 'libvirtd.service'],
  remote: { service: 'libvirtd.service', socket: 'libvirtd-tls.socket', configuration: '/etc/libvirt/libvirtd.conf' },
};

const divided = (daemon: string): LibvirtDaemon => ({
  service: `${daemon}.service`,
  units: [...lockAndLog, `${daemon}.socket`, 'virtproxyd.socket'],
  remote: { service: 'virtproxyd.service', socket: 'virtproxyd-tls.socket', configuration: '/etc/libvirt/virtproxyd.conf' },
});

/** Whichever the distribution brings; where it has both, the one that is enabled. */
export const libvirtDaemon = async ({ daemon }: Pick<Profile, 'daemon'>): Promise<LibvirtDaemon> => {
  if (daemon === undefined) return whole;
  const [one, all] = [await unitState(`${daemon}.socket`), await unitState(whole.service)];
  return one.loaded && (!all.loaded || one.enabled || one.active) ? divided(daemon) : whole;
};

const ANSWER_MS = 120_000;
const PAUSE_MS = 250;

/** Waits until libvirt serves the hypervisor. @throws {SetupError} with its last words. */
export const libvirtAnswers = async ({ uri }: Pick<Profile, 'uri'>, service: string, limitMs = ANSWER_MS): Promise<string> => {
  for (const until = Date.now() + limitMs; ; await sleep(PAUSE_MS)) {
    try {
      const connection = await connect({ uri, timeoutMs: limitMs });
      try {
        return await connection.node.libVersion();
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (Date.now() > until)
        throw new SetupError(
          `libvirt does not serve ${uri}: ${(error as Error).message}`,
          `Its own words: journalctl -u ${service}. Mend that, then repeat.`,
        );
    }
  }
};
