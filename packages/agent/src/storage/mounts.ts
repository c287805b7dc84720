import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { PeerError, type PoolSource } from '@virtstack/protocol';
import { hasErrno } from '../system/files.ts';
import { run } from '../system/run.ts';

/** A server that does not answer is given up after that; the next try comes soon. */
const MOUNT_MS = 20_000;
const UNMOUNT_MS = 10_000;

/**
 * What the admin's options do not say. `hard`: a server that is away makes guests wait, where `soft` would tell them of broken disks. 4.2: locks are part
 * of the protocol, and come back with a server that does. `lookupcache=positive`: what another host has just made is seen.
 */
const defaults = ['vers=4.2', 'proto=tcp', 'hard', 'lookupcache=positive', 'nosuid', 'nodev', 'noexec', 'retry=0'];
const nameOf = (option: string): string => option.split('=')[0]!;

export const mountOptions = (wished: readonly string[]): string => {
  const said = new Set(wished.map(nameOf));
  return [...defaults.filter((option) => !said.has(nameOf(option))), ...wished].join(',');
};

/** As mount(8) names it. */
export const sourceName = ({ server, path }: PoolSource): string => `${server}:${path}`;

/** What is mounted at exactly this path; the kernel's own list is asked, so no server can make us wait. */
export const mountedAt = async (path: string): Promise<string | undefined> =>
  mountIn(await readFile('/proc/self/mountinfo', 'utf8'), path);

/** proc(5): the fifth field is the place; after the dash come the type and the source. Of several at one place the last is seen. */
export const mountIn = (mountinfo: string, path: string): string | undefined => {
  const line = mountinfo.split('\n').findLast((one) => unescaped(one.split(' ')[4] ?? '') === path);
  return line && unescaped(line.split(' - ')[1]?.split(' ')[1] ?? '');
};

const unescaped = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** @throws {PeerError} `storage-away` with mount's own words and what to do. */
export const mountSource = async (path: string, source: PoolSource): Promise<void> => {
  const name = sourceName(source);
  await mkdir(path, { recursive: true, mode: 0o711 });
  try {
    // Not through mount(8): its helper would outlive it when the time is up.
    await run(['mount.nfs4', name, path, '-o', mountOptions(source.options)], { timeoutMs: MOUNT_MS });
  } catch (error) {
    throw new PeerError('storage-away', `${name} cannot be mounted: ${wordsAndAdvice(error, source)}`);
  }
};

/** What a failure's words mean, and what helps. */
const advice: readonly (readonly [words: RegExp, help: string])[] = [
  [/not installed/, 'Install the package nfs-common on the host.'],
  [/No such device|unknown filesystem/i, 'The host’s kernel has no NFS client: its modules nfs and nfsv4 are missing.'],
  [/did not end within/, 'The server does not answer: is it up, and does a firewall let TCP port 2049 through?'],
  [
    /access denied|Operation not permitted/i,
    'Export it to this host, with rw and no_root_squash, and run exportfs -ra on the server.',
  ],
  [
    /No such file or directory/,
    'The server exports no such path: see exportfs -v there. A server may show paths beneath its own root.',
  ],
  [/refused|timed out|No route|unreachable/i, 'Start the NFS server, and let this host reach its TCP port 2049.'],
  [/resolve|Name or service/i, 'This host does not know the server by that name: use an address, or mend its name service.'],
  [/version|not supported/i, 'The server must speak NFS 4.2; for an older one that has locks say nfsmountopts=vers=4.1.'],
  [/incorrect mount option|invalid option/i, 'Mend nfsmountopts.'],
];

const wordsAndAdvice = (error: unknown, { server }: PoolSource): string => {
  const words = error instanceof Error ? error.message.trim() : String(error);
  const help =
    advice.find(([known]) => known.test(words))?.[1] ??
    `Try by hand what this host is told: mount -t nfs4. The server is ${server}.`;
  return `${words}${/[.!?]$/.test(words) ? '' : '.'} ${help}`;
};

/** Unmounts what is mounted there and removes the place. @throws {PeerError} `in-use`: something on this host has it open. */
export const unmountSource = async (path: string): Promise<void> => {
  while ((await mountedAt(path)) !== undefined) {
    try {
      await run(['umount', path], { timeoutMs: UNMOUNT_MS });
    } catch (error) {
      const words = (error as Error).message;
      if (/busy/i.test(words)) throw new PeerError('in-use', `${path} is in use on this host: ${words}`);
      // Its server is away: what nobody has open need not wait for it.
      await run(['umount', '--force', '--lazy', path], { timeoutMs: UNMOUNT_MS });
    }
  }
  await removePlace(path);
};

const removePlace = async (path: string): Promise<void> => {
  try {
    await rmdir(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
};
