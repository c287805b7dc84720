import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

const MiB = 1 << 20;
const sector = 512;
/** Where the only partition begins; the boot loader lies before it. */
const partitionOffset = MiB;

export type DiskOptions = {
  /** The tree that becomes the file system. */
  readonly root: string;
  /** GRUB's i386-pc directory. */
  readonly grub: string;
  readonly uuid: string;
  readonly sizeMiB: number;
  /** The raw image to write. */
  readonly raw: string;
};

/** A bootable raw disk: MBR, GRUB behind it, one ext4 partition. No mount, no loop device, no root. */
export const makeDisk = async (options: DiskOptions): Promise<void> => {
  await makeFileSystem(options);
  await giveToRoot(options);
  await makeBootable(options);
};

const makeFileSystem = ({ root, uuid, sizeMiB, raw }: DiskOptions): Promise<string> =>
  run([
    ...['mke2fs', '-q', '-F', '-t', 'ext4', '-d', root, '-U', uuid, '-L', 'tiny', '-b', '4096', '-m', '1', '-J', 'size=4'],
    // Only what every GRUB since 2.02 reads.
    ...[
      '-O',
      'none,has_journal,ext_attr,dir_index,filetype,extent,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,resize_inode',
    ],
    ...['-E', `offset=${partitionOffset},hash_seed=${uuid},lazy_itable_init=0,lazy_journal_init=0`, raw, `${sizeMiB - 1}M`],
  ]);

/** mke2fs keeps the owner of the files that it copies, which is whoever builds. */
const giveToRoot = async ({ root, raw }: DiskOptions): Promise<void> => {
  const paths = (await readdir(root, { recursive: true })).map((path) => `/${path}`);
  const owner = (path: string): number => (path.startsWith('/home/tiny') ? 1000 : 0);
  const commands = ['/', ...paths].flatMap((path) => ['uid', 'gid'].map((field) => `sif "${path}" ${field} ${owner(path)}`));
  await run(['debugfs', '-w', '-f', '-', `${raw}?offset=${partitionOffset}`], { input: `${commands.join('\n')}\n` });
};

const makeBootable = async ({ grub, raw, sizeMiB }: DiskOptions): Promise<void> => {
  const core = join(raw, '..', 'core.img');
  const builtIn = ['biosdisk', 'part_msdos', 'ext2', 'normal', 'linux16', 'gzio', 'test', 'configfile', 'echo', 'boot'];
  await run(['grub-mkimage', '-O', 'i386-pc', '-d', grub, '-p', '(hd0,msdos1)/boot/grub', '-o', core, ...builtIn]);
  const [boot, loader] = await Promise.all([readWhole(join(grub, 'boot.img')), readWhole(core)]);
  if (loader.length > partitionOffset - sector)
    throw new Error(`GRUB's core is ${loader.length} bytes: too long for the gap before the partition.`);
  // boot.img has code for floppy disks where the partition table belongs.
  boot.fill(0, 440, 510);
  boot.writeUInt8(0x80, 446);
  // CHS fields say "use LBA".
  boot.set([0xfe, 0xff, 0xff, 0x83, 0xfe, 0xff, 0xff], 447);
  boot.writeUInt32LE(partitionOffset / sector, 454);
  boot.writeUInt32LE(((sizeMiB - 1) * MiB) / sector, 458);
  boot.writeUInt16LE(0xaa55, 510);
  const file = await open(raw, 'r+');
  try {
    await file.write(boot, 0, sector, 0);
    await file.write(loader, 0, loader.length, sector);
    await file.truncate(sizeMiB * MiB);
  } finally {
    await file.close();
  }
};

const readWhole = async (path: string): Promise<Buffer> => {
  const file = await open(path);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
};
