import { run } from './run.ts';
import { say } from './say.ts';
import { UserError } from './user-error.ts';

/** What fetches, proves and unpacks images. */
export const imageStorePackages = ['qemu-utils', 'util-linux', 'xz-utils', 'bzip2'];

/** What the small template is built with. */
export const templatePackages = ['e2fsprogs', 'grub-common', 'grub-pc-bin', 'qemu-utils', 'xz-utils', 'zstd'];

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const format = '${Package} ${db:Status-Status}\n';

/** The packages of the list that are not installed. */
export async function missingPackages(names: readonly string[]): Promise<string[]> {
  const query = await run(['dpkg-query', '-W', '-f', format, ...names]);
  if (query.code === 127)
    throw new UserError(
      'this version installs on Debian and Ubuntu (dpkg is missing). On another system install by hand and see docs/operations/install.md.',
    );
  const installed = new Set(
    query.stdout.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]!] : [])),
  );
  return [...new Set(names)].filter((name) => !installed.has(name));
}

/** Installs what is missing, or says with which command to. */
export async function installPackages(names: readonly string[]): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0)
    throw new UserError(
      `${missing.length} packages are missing. Install them with:\n  sudo apt-get update && sudo ${install.join(' ')}`,
    );
  say(`installing ${missing.length} Debian packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run(['apt-get', 'update', '-q'], { env });
  const outcome = await run(install, { env });
  if (outcome.code !== 0) {
    const words = [update.code === 0 ? '' : update.stderr, outcome.stderr].join('\n').trim().split('\n').slice(-6).join('\n  ');
    throw new UserError(
      `apt-get could not install ${missing.join(' ')}:\n  ${words}\nMend that, then run the same command again.`,
    );
  }
}
