import { chmod, copyFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ArchiveEntry, initramfsArchive } from './archive.ts';
import { compactElf } from './elf.ts';
import { elfKernel } from './kernel.ts';
import { type Modules, readModules } from './modules.ts';
import { run, runBinary } from './run.ts';

/** What a root disk can hang on: virtio on one side, Xen's block device on the other. */
const diskModules = ['virtio_pci', 'virtio_blk', 'xen-blkfront'];
/** Loaded on demand, beside those of rootfs/etc/modules. */
const laterModules = ['isofs', 'vfat', 'nls_cp437', 'nls_ascii'];

const here = import.meta.dirname;
/** How a channel is found, a program a bus. */
export const channelScripts = join(here, '../channel/tiny');

/** The unpacked packages, by name. */
export type Unpacked = ReadonlyMap<string, string>;
export type Recipe = { readonly uuid: string; readonly version: string; readonly parameters: string };

/** Fills `root` with the whole root file system, kernel and boot loader's configuration included. */
export const makeRootfs = async (root: string, unpacked: Unpacked, recipe: Recipe): Promise<void> => {
  await cp(join(here, 'rootfs'), root, { recursive: true, mode: 0 });
  await cp(channelScripts, join(root, 'lib/channel'), { recursive: true, mode: 0 });
  for (const directory of [
    'boot/grub',
    'dev',
    'proc',
    'sys',
    'run',
    'tmp',
    'root',
    'mnt',
    'home/tiny',
    'etc/dropbear',
    'var/log',
    'var/lib/tiny',
  ])
    await mkdir(join(root, directory), { recursive: true });
  const busybox = await addBusybox(root, unpacked);
  await addSsh(root, unpacked);
  const modules = await addKernel(root, unpacked, busybox);
  await writeFile(join(root, 'boot/initrd.img'), await initramfs(modules, busybox));
  await addConfiguration(root, recipe);
};

const from = (unpacked: Unpacked, name: string): string => {
  const [, path] = [...unpacked].find(([one]) => one === name || one.startsWith(name)) ?? [];
  if (!path) throw new Error(`The package ${name} was not unpacked.`);
  return path;
};

const addBusybox = async (root: string, unpacked: Unpacked): Promise<string> => {
  const busybox = join(root, 'bin/busybox');
  await mkdir(dirname(busybox), { recursive: true });
  await copyFile(join(from(unpacked, 'busybox-static'), 'bin/busybox'), busybox);
  // `su` and `login` need it; busybox drops the right for all other applets.
  await chmod(busybox, 0o4755);
  await mkdir(join(root, 'lib/busybox'), { recursive: true });
  await symlink('/bin/busybox', join(root, 'lib/busybox/init'));
  for (const applet of (await run([busybox, '--list-full'])).trim().split('\n')) {
    if (basename(applet) === 'busybox' || basename(applet) === 'init') continue;
    await mkdir(join(root, dirname(applet)), { recursive: true });
    await symlink('/bin/busybox', join(root, applet));
  }
  return busybox;
};

const libraries = /^(ld-linux-x86-64|libc|libcrypt|libtomcrypt|libtommath|libgmp|libz)\.so/;

const addSsh = async (root: string, unpacked: Unpacked): Promise<void> => {
  const ssh = from(unpacked, 'dropbear-bin');
  for (const program of ['usr/sbin/dropbear', 'usr/bin/dropbearkey']) await copyFile(join(ssh, program), join(root, program));
  for (const name of ['libc6', 'libcrypt1', 'libtomcrypt1', 'libtommath1', 'libgmp10', 'zlib1g'])
    for (const directory of ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu']) {
      const source = join(from(unpacked, name), directory);
      const files = await readdir(source).catch(() => []);
      await mkdir(join(root, 'lib/x86_64-linux-gnu'), { recursive: true });
      for (const file of files)
        if (libraries.test(file))
          await cp(join(source, file), join(root, 'lib/x86_64-linux-gnu', file), { verbatimSymlinks: true });
    }
  await mkdir(join(root, 'lib64'));
  await symlink('/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', join(root, 'lib64/ld-linux-x86-64.so.2'));
};

/** What is read through a firmware or a boot loader's own driver is read slowly, a sector or a page at a time. */
const packed = (kernel: Buffer): Buffer => gzipSync(kernel, { level: 9 });

const addKernel = async (root: string, unpacked: Unpacked, busybox: string): Promise<Modules> => {
  const kernel = from(unpacked, 'linux-image-');
  const [version] = await readdir(join(kernel, 'lib/modules'));
  const image = join(kernel, 'boot', `vmlinuz-${version}`);
  await writeFile(join(root, 'boot/vmlinuz.gz'), packed(await readFile(image)));
  await writeFile(join(root, 'boot/vmlinux.gz'), packed(compactElf((await elfKernel(image)).elf)));
  const modules = await readModules(kernel, version!, busybox);
  const later = (await readFile(join(here, 'rootfs/etc/modules'), 'utf8')).trim().split('\n');
  for (const file of modules.closure([...diskModules, ...later, ...laterModules])) {
    const target = join(root, 'lib/modules', version!, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(modules.directory, file), target);
  }
  await copyFile(join(modules.directory, 'modules.builtin'), join(root, 'lib/modules', version!, 'modules.builtin'));
  await run([busybox, 'depmod', '-b', root, version!]);
  return modules;
};

/** Packed with zstd at its strongest: small to read through the firmware, quick to unpack. */
const initramfs = async (modules: Modules, busybox: string): Promise<Buffer> => {
  const files = modules.closure(diskModules);
  const entries: ArchiveEntry[] = [
    ...['bin', 'dev', 'proc', 'sys', 'root', 'modules'].map((path) => ({ path, mode: 0o40755 })),
    { path: 'bin/busybox', mode: 0o100755, data: await readFile(busybox) },
    { path: 'init', mode: 0o100755, data: await readFile(join(here, 'initramfs/init')) },
    { path: 'modules/order', mode: 0o100644, data: Buffer.from(files.map((file) => `${basename(file)}\n`).join('')) },
  ];
  for (const file of files)
    entries.push({ path: `modules/${basename(file)}`, mode: 0o100644, data: await readFile(join(modules.directory, file)) });
  return runBinary(['zstd', '-19', '-q', '-c', '--no-check'], initramfsArchive(entries));
};

const addConfiguration = async (root: string, { uuid, version, parameters }: Recipe): Promise<void> => {
  const grub = (await readFile(join(here, 'grub.cfg'), 'utf8')).replaceAll('@UUID@', uuid).replaceAll('@PARAMETERS@', parameters);
  await writeFile(join(root, 'boot/grub/grub.cfg'), grub);
  await writeFile(join(root, 'etc/tiny-version'), `${version}\n`);
  await symlink('/run/inittab', join(root, 'etc/inittab'));
  await symlink('/run/resolv.conf', join(root, 'etc/resolv.conf'));
  await symlink('/proc/mounts', join(root, 'etc/mtab'));
  // The default password, for the serial console only: SSH takes keys.
  const hash = (await run([join(root, 'bin/busybox'), 'mkpasswd', '-m', 'sha512', '-S', 'virtstack', 'tiny'])).trim();
  await writeFile(join(root, 'etc/shadow'), `root:*:19000:0:99999:7:::\ntiny:${hash}:19000:0:99999:7:::\n`, { mode: 0o600 });
  await chmod(join(root, 'root'), 0o700);
  await chmod(join(root, 'tmp'), 0o1777);
};
