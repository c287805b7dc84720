import { readIfThere } from '../../system/files.ts';
import { settings, withoutBlock } from '../conf-block.ts';
import { libvirtDaemon } from '../libvirt-daemon.ts';
import { SetupError } from '../setup-error.ts';
import { unitState } from '../units.ts';
import type { Check } from './check.ts';

/** What set-up writes into the configuration of libvirt's TLS server. */
export const ownSettings = ['ca_file', 'cert_file', 'key_file', 'tls_allowed_dn_list'] as const;
const others = ['crl_file', 'tls_no_verify_certificate'];

/** What an admin has set up there serves somebody: it is not taken over. */
export const libvirtTls: Check = {
  name: 'look at libvirt’s TLS server',
  look: async ({ profile }) => {
    const { remote } = await libvirtDaemon(profile);
    const set = settings(withoutBlock((await readIfThere(remote.configuration)) ?? ''));
    const taken = [...ownSettings, ...others].filter((name) => set.has(name));
    if (taken.length > 0)
      throw new SetupError(
        `${remote.configuration} says already with which certificates libvirt serves over TLS (${taken.join(', ')}); that is not overwritten.`,
        `Guests migrate between hosts over it, with the cloud’s own certificates. Comment these lines out of ${remote.configuration}, if nothing else needs them.`,
      );
    const { masked } = await unitState(remote.socket);
    if (masked)
      throw new SetupError(
        `The unit ${remote.socket} is masked: libvirt runs without socket activation here.`,
        `systemctl unmask ${remote.socket}, and take --listen out of /etc/default/libvirtd.`,
      );
    return 'it can be the cloud’s';
  },
};
