import { readdir } from 'node:fs/promises';
import { catalogue, type Profile } from '@virtstack/hypervisor';
import { connect } from '@virtstack/libvirt';
import { PROBE_UUID } from '../facts/acceleration.ts';
import { describeDomain } from '../guests/describe.ts';
import { hasErrno } from '../system/files.ts';

/** A domain that libvirt knows on this host, whoever made it. */
export type GuestHere = { readonly uuid: string; readonly name: string; readonly ours: boolean; readonly running: boolean };

const LIMIT_MS = 60_000;

/** The domains of one hypervisor. @throws {LibvirtError} it does not answer. */
export const guestsOf = async ({ uri, controlDomain }: Profile): Promise<GuestHere[]> => {
  const connection = await connect({ uri, timeoutMs: LIMIT_MS });
  try {
    const domains = await connection.domains.list();
    const guests = domains.filter(({ uuid, id }) => uuid !== PROBE_UUID && !(controlDomain && id === 0));
    const described = await Promise.all(guests.map(describeDomain));
    return described.map(({ uuid, name, ours, state }) => ({
      ...{ uuid, name, ours },
      running: !['shutoff', 'crashed', 'absent'].includes(state),
    }));
  } finally {
    await connection.close();
  }
};

/** The domains of every hypervisor that libvirt serves here. */
export const allGuests = async (): Promise<GuestHere[]> => {
  const found = await Promise.all(catalogue.map((profile) => guestsOf(profile).catch(() => [])));
  return found.flat();
};

/** The names of domains that are defined, also where libvirt does not run: their definitions are files. */
export const definedGuests = async (): Promise<string[]> => {
  const known = (await allGuests()).map(({ name }) => name);
  const kept = await Promise.all(catalogue.map(definitionsOf));
  return [...new Set([...known, ...kept.flat()])];
};

/** Each driver keeps them in a directory beside its configuration, which bears the same name. */
const definitionsOf = async ({ configuration }: Profile): Promise<string[]> => {
  if (configuration === undefined) return [];
  return (await namesIn(configuration.replace(/\.conf$/, ''))).flatMap((name) =>
    name.endsWith('.xml') ? [name.slice(0, -'.xml'.length)] : [],
  );
};

/** What is in a directory; nothing where there is none. */
export const namesIn = (path: string): Promise<string[]> =>
  readdir(path).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });

export const namesOf = (guests: readonly GuestHere[]): string => guests.map(({ name }) => name).join(', ');
