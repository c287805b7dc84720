import type { MinimumVersion, Profile } from '@virtstack/hypervisor';
import type { Connection } from '@virtstack/libvirt';
import { PeerError } from '@virtstack/protocol';
import { run } from '../system/run.ts';

/** As libvirt tells them, `9.0.0`; those that it does not tell, as their programs do, empty where none of them answers. */
export type HostVersions = { readonly libvirt: string; readonly hypervisor: string; readonly emulator?: string };

const LIMIT_MS = 60_000;

/** Asked anew for every hello: what was mended since counts. @throws {LibvirtError} */
export const hostVersions = async ({ node }: Connection, profile: Pick<Profile, 'minimum'>): Promise<HostVersions> => {
  const told = { libvirt: await node.libVersion(), hypervisor: await node.version() };
  const asked = profile.minimum.flatMap(({ of, programs }) => (programs ? [[of, programs] as const] : []));
  return { ...told, ...Object.fromEntries(await Promise.all(asked.map(answered))) };
};

const answered = async ([of, programs]: readonly [MinimumVersion['of'], readonly string[]]): Promise<[string, string]> => [
  of,
  (await firstVersion(programs)) ?? '',
];

/** What the first of these programs that is there says; undefined where none is. */
export const firstVersion = async (programs: readonly string[]): Promise<string | undefined> => {
  for (const program of programs) {
    const version = await versionOf(program);
    if (version !== undefined) return version;
  }
  return undefined;
};

/** The number that it prints, or its words where there is none; undefined when it is not there. */
const versionOf = async (program: string): Promise<string | undefined> => {
  try {
    const words = await run([program, '--version'], { timeoutMs: LIMIT_MS });
    return /\d+(\.\d+)+/.exec(words)?.[0] ?? words.trim();
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    return error.kind === 'missing-program' ? undefined : error.message;
  }
};
