import { basename, dirname } from 'node:path';
import type { AgentConfig } from '../config.ts';

/** What libvirt calls them as a client; it is told the directory alone. */
const names = { ca: 'cacert.pem', certificate: 'clientcert.pem', key: 'clientkey.pem' } as const;

/** The directory with the certificates that this host's libvirt shows to that of another; undefined: set-up has not put them there as libvirt wants them. */
export const pkiOf = (config: Pick<AgentConfig, keyof typeof names>): string | undefined => {
  const directory = dirname(config.certificate);
  const fits = (Object.keys(names) as (keyof typeof names)[]).every(
    (key) => basename(config[key]) === names[key] && dirname(config[key]) === directory,
  );
  return fits ? directory : undefined;
};
