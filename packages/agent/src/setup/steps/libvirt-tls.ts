import type { SetupRequest } from '@virtstack/protocol';
import { readIfThere } from '../../system/files.ts';
import { ownSettings } from '../checks/libvirt-tls.ts';
import { withBlock } from '../conf-block.ts';
import { addLines, takeLinesBack } from '../conf-file.ts';
import { libvirtAnswers } from '../libvirt-daemon.ts';
import { places } from '../places.ts';
import { SetupError } from '../setup-error.ts';
import { tlsTrouble } from '../tls-trouble.ts';
import { bringBack, bringUp, systemctl, unitState } from '../units.ts';
import type { Changed, Step } from './step.ts';

// Hosts alone: the cloud's authority signs for others, too. Programs differ in the order in which they write a name; ? is one character, and a guid has 36.
const guid = '????????-????-????-????-????????????';
const hosts = ['O=virtstack host', `CN=${guid}`];
const names = [hosts, hosts.toReversed()].map((parts) => `"${parts.join(',')}"`);

const values: Readonly<Record<(typeof ownSettings)[number], string>> = {
  ca_file: `"${places.authority}"`,
  cert_file: `"${places.certificate}"`,
  key_file: `"${places.key}"`,
  tls_allowed_dn_list: `[${names.join(', ')}]`,
};
const lines = ownSettings.map((name) => `${name} = ${values[name]}`);

/** Lets libvirt listen for the other hosts of the cloud, from which guests migrate. */
export const libvirtTls: Step<SetupRequest<'join'>> = {
  name: 'open libvirt to the cloud’s other hosts',
  do: async (host) => {
    const { findings } = host;
    const { remote } = await host.daemon();
    const text = (await readIfThere(remote.configuration)) ?? '';
    if (withBlock(text, lines) === text && (await tlsTrouble()) === undefined) return 'it listens';
    for (const unit of [remote.socket, remote.service]) await findings.rememberUnit(unit);
    await addLines(findings, remote.configuration, lines);
    await listen(host);
    const trouble = await tlsTrouble();
    if (trouble === undefined) return `it listens with the cloud’s certificates (${remote.socket})`;
    await close(host);
    throw new SetupError(
      `libvirt does not serve over TLS: ${trouble}`,
      `It serves as before. Its own words: journalctl -u ${remote.service}. Is another program on its port (ss -ltnp)?`,
    );
  },
  undo: { name: 'close libvirt to others', do: (host) => close(host) },
};

/** systemd takes no socket for a daemon that runs already. Guests outlive their daemon. */
const listen = async ({ profile, daemon }: Changed): Promise<void> => {
  const { remote, service } = await daemon();
  await systemctl('stop', remote.service);
  await bringUp(remote.socket);
  await systemctl('start', remote.service);
  await libvirtAnswers(profile, service);
};

const close = async ({ profile, findings, daemon }: Changed): Promise<string> => {
  const { remote, service } = await daemon();
  const before = findings.now.units[remote.socket];
  if (before === undefined) return 'it was not opened';
  await bringBack(remote.socket, before);
  await takeLinesBack(findings, remote.configuration);
  if ((await unitState(remote.service)).active) {
    await systemctl('restart', remote.service);
    await libvirtAnswers(profile, service);
  }
  return `${remote.configuration} is as it was`;
};
