import { PeerError } from '@virtstack/protocol';
import { run } from '../system/run.ts';

const env = {
  DEBIAN_FRONTEND: 'noninteractive',
  // Ubuntu restarts services of the admin's after an installation, unless told not to.
  NEEDRESTART_SUSPEND: '1',
};
const LOOK_MS = 120_000;
const CHANGE_MS = 45 * 60_000;
// dpkg's words come to us, and not to a terminal. Another run of apt, an admin's or an automatic one, is waited for; files of the admin's stay as they are.
const options = [
  '-q',
  ...['DPkg::Lock::Timeout=300', 'Dpkg::Use-Pty=0'].flatMap((each) => ['-o', each]),
  ...['--force-confdef', '--force-confold'].flatMap((each) => ['-o', `Dpkg::Options::=${each}`]),
];
const withoutExtras = '--no-install-recommends';

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const format = '${Package} ${db:Status-Status} ${Version}\n';

type Package = { readonly name: string; readonly status: string; readonly version: string };

const knownPackages = async (): Promise<Package[]> => {
  const text = await run(['dpkg-query', '-W', '-f', format], { timeoutMs: LOOK_MS });
  return text.split('\n').map((line) => {
    const [name = '', status = '', version = ''] = line.split(' ');
    return { name, status, version };
  });
};

/** The packages that are installed, with their versions. */
export const installedPackages = async (): Promise<ReadonlyMap<string, string>> =>
  new Map((await knownPackages()).filter(({ status }) => status === 'installed').map(({ name, version }) => [name, version]));

/** Those of which anything is there, installed to the end or not. */
export const packagesThere = async (): Promise<ReadonlySet<string>> =>
  new Set(
    (await knownPackages())
      .filter(({ status }) => !['not-installed', 'config-files', ''].includes(status))
      .map(({ name }) => name),
  );

/** The versions that would be installed; a package that no source has is not in it. */
export const candidates = async (names: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const text = await run(['apt-cache', 'policy', ...names], { timeoutMs: LOOK_MS });
  const found = [...text.matchAll(/^(\S+):\n(?: {2}.*\n)*? {2}Candidate: (\S+)/gm)];
  return new Map(found.flatMap(([, name, version]) => (version === '(none)' ? [] : [[name!, version!] as const])));
};

/** The upstream version that a package's tells: `1:7.2+dfsg-7` is 7.2+dfsg. */
export const upstream = (version: string): string => version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');

/** What apt would do. */
export type Plan = { readonly added: readonly string[]; readonly removed: readonly string[] };

const planOf = (text: string): Plan => {
  const names = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);
  // An update of what is there names the old version in brackets.
  return { added: names(/^Inst (\S+) \(/gm), removed: names(/^(?:Remv|Purg) (\S+)/gm) };
};

const plan = async (...args: readonly string[]): Promise<Plan> =>
  planOf(await run(['apt-get', '--simulate', ...options, ...args], { env, timeoutMs: LOOK_MS }));
const change = async (...args: readonly string[]): Promise<void> => {
  await run(['apt-get', '--yes', ...options, ...args], { env, timeoutMs: CHANGE_MS });
};

/** The last that apt and dpkg said before they failed. */
export const lastWords = (error: unknown): string => {
  const words = error instanceof PeerError ? (error.detail ?? error.message) : (error as Error).message;
  return words.trim().split('\n').slice(-8).join(' ');
};

/** All of them throw PeerError with apt's own words. */
export const apt = {
  update: () =>
    change('-o', 'APT::Update::Error-Mode=any', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30', 'update'),
  planInstall: (names: readonly string[]) => plan(withoutExtras, 'install', ...names),
  install: (names: readonly string[]) => change(withoutExtras, '--no-remove', 'install', ...names),
  /** Finishes what was cut off. */
  configure: async (): Promise<void> => {
    await run(['dpkg', '--force-confdef', '--force-confold', '--configure', '-a'], { env, timeoutMs: CHANGE_MS });
  },
  /** Says that nobody asked for these: they may go when nothing needs them. */
  markUnwanted: async (names: readonly string[]): Promise<void> => {
    await run(['apt-mark', 'auto', ...names], { timeoutMs: LOOK_MS });
  },
  /** Which packages nothing needs. A mere recommendation is no need: it was not met before, either. */
  planUnneeded: () =>
    plan('-o', 'APT::AutoRemove::RecommendsImportant=false', '-o', 'APT::AutoRemove::SuggestsImportant=false', 'autoremove'),
  planPurge: (names: readonly string[]) => plan('purge', ...names),
  purge: (names: readonly string[]) => change('purge', ...names),
};
