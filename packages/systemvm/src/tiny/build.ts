import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDisk } from './disk.ts';
import { currentPackages, type DebianPackage, fetchPackages } from './packages.ts';
import { channelScripts, makeRootfs, type Unpacked } from './rootfs.ts';
import { run } from './run.ts';

/** The consoles of both worlds; the last is /dev/console where it exists. Level 4: errors. On a serial port every byte can be a trip to another machine. */
const parameters = 'ro console=ttyS0,115200 console=hvc0 loglevel=4 net.ifnames=0 mitigations=off trace_clock=local';
const sizeMiB = 256;

export type TinyOptions = {
  /** The qcow2 file to make. */
  readonly out: string;
  /** Where packages and finished images are kept between builds. */
  readonly cache: string;
  readonly log?: (line: string) => void;
};
/** `key` names the recipe and the packages: the same key, the same files inside. */
export type TinyImage = {
  readonly path: string;
  readonly key: string;
  readonly cached: boolean;
  readonly sizeBytes: number;
  readonly virtualSizeBytes: number;
};

/**
 * Builds "tiny Linux", a bootable qcow2 of Debian packages: kernel, busybox, dropbear. Needs apt-get, dpkg-deb, mke2fs, debugfs, grub-mkimage, zstd,
 * qemu-img; neither root nor mounts. @throws with the program that failed or is missing.
 */
export const buildTiny = async ({ out, cache, log = () => {} }: TinyOptions): Promise<TinyImage> => {
  const packages = await currentPackages();
  const key = await recipeKey(packages);
  const image = join(cache, `tiny-${key}.qcow2`);
  const cached = Boolean(await stat(image).catch(() => undefined));
  if (!cached) await buildFresh(packages, key, image, cache, log);
  await copyFile(image, `${out}.${process.pid}`, constants.COPYFILE_FICLONE);
  await rename(`${out}.${process.pid}`, out);
  return { path: out, key, cached, sizeBytes: (await stat(out)).size, virtualSizeBytes: sizeMiB << 20 };
};

const buildFresh = async (
  packages: DebianPackage[],
  key: string,
  image: string,
  cache: string,
  log: (line: string) => void,
): Promise<void> => {
  const work = await mkdtemp(join(tmpdir(), 'tiny-'));
  try {
    const unpacked = await unpackAll(packages, join(cache, 'packages'), work, log);
    log('making the root file system');
    const root = join(work, 'root');
    const uuid = uuidOf(key);
    await makeRootfs(root, unpacked, { uuid, version: key, parameters });
    log('making the disk');
    const raw = join(work, 'disk.raw');
    await makeDisk({ root, grub: join(unpacked.get('grub-pc-bin')!, 'usr/lib/grub/i386-pc'), uuid, sizeMiB, raw });
    // Not packed: nearly all of it is packed already, and a packed cluster is unpacked anew for every page that a boot loader reads.
    await run(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', '-o', 'compat=1.1', raw, `${work}/disk.qcow2`]);
    await copyFile(`${work}/disk.qcow2`, `${image}.${process.pid}`);
    await rename(`${image}.${process.pid}`, image);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

const unpackAll = async (
  packages: readonly DebianPackage[],
  store: string,
  work: string,
  log: (line: string) => void,
): Promise<Unpacked> => {
  log(`fetching ${packages.map((one) => one.name).join(', ')}`);
  const files = await fetchPackages(packages, store);
  const unpacked = new Map<string, string>();
  for (const [name, file] of files) {
    const target = join(work, 'packages', name);
    await mkdir(target, { recursive: true });
    await run(['dpkg-deb', '--extract', file, target]);
    unpacked.set(name, target);
  }
  return unpacked;
};

const recipeKey = async (packages: readonly DebianPackage[]): Promise<string> => {
  const hash = createHash('sha256');
  for (const folder of [import.meta.dirname, channelScripts]) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter(
      (entry) => entry.isFile() && !entry.name.endsWith('.test.ts') && !entry.parentPath.endsWith('/testing'),
    );
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort())
      hash.update(path.slice(folder.length)).update(await readFile(path));
  }
  for (const one of packages) hash.update(`${one.file} ${one.sha256}\n`);
  return hash.digest('hex').slice(0, 16);
};

const uuidOf = (key: string): string => {
  const hex = createHash('sha256').update(key).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
