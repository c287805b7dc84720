import { X509Certificate } from 'node:crypto';
import { exists, readIfThere } from '../../system/files.ts';
import { places } from '../places.ts';
import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

/** An agent's configuration that is there already. */
export type Joined = Readonly<Record<string, unknown>> & {
  readonly server?: string;
  readonly guid?: string;
  readonly ca?: string;
};

/** Undefined where no agent was ever prepared. */
export const joined = async (): Promise<Joined | undefined> => {
  const text = await readIfThere(places.config);
  return text === undefined ? undefined : (JSON.parse(text) as Joined);
};

/** A host belongs to one cloud; that is known by its authority, for a server may get another address. */
export const otherCloud: Check = {
  name: 'look for another cloud',
  look: async ({ server, authority }) => {
    const before = await joined();
    if (!before) return 'the host belongs to none';
    const ours = (await sameAuthority(before, authority)) ?? (server === undefined || server === before.server);
    const prepared = await exists(places.found);
    if (!ours)
      throw new SetupError(
        `The host belongs to another cloud already: its agent is that of ${before.server}.`,
        `Delete it there, or, if that cloud is gone, run on the host: ${prepared ? leaveByHand : removeByHand}`,
      );
    if (prepared) return `the host is prepared for ${before.server}`;
    throw new SetupError(
      `The host has an agent of ${before.server} that was put there by hand, or by the cloud that runs on it (${places.config}).`,
      `If it runs, add the host without a user name. If not: ${removeByHand}`,
    );
  },
};

/** How an admin takes a host out of its cloud. */
export const leaveByHand = `${places.programs}/node ${places.programs}/agent.mjs leave`;

/** The same, where nobody remembers what the host was. */
const removeByHand = `systemctl disable --now ${places.unit}; rm -r ${places.data}`;

const sameAuthority = async ({ ca = places.authority }: Joined, authority: string | undefined): Promise<boolean | undefined> => {
  const there = authority && (await readIfThere(ca));
  return there ? fingerprint(there) === fingerprint(authority) : undefined;
};

const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;
