import { lookup } from 'node:dns/promises';
import { hostname as nameOfHost } from 'node:os';
import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

/** libvirt asks for its own host's address when it migrates guests. */
export const hostname: Check = {
  name: 'look up the host’s name',
  look: async () => {
    const name = nameOfHost();
    const found = await lookup(name).catch((error: Error) => {
      throw new SetupError(
        `The host’s own name ${name} has no address (${error.message}).`,
        `Add a line to the host’s /etc/hosts: 127.0.1.1 ${name}`,
      );
    });
    return `${name} is ${found.address}`;
  },
};
