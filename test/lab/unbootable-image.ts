import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sh } from '../../lab/sh.ts';

const partitionOffset = 1 << 20;

/** A copy of tiny Linux whose bare kernel, which boot loaders of paravirtual guests ask for, is packed as they cannot read it (LZ4, as Debian's cloud kernel is). */
export async function makeUnbootableImage(tiny: string, image: string): Promise<string> {
  const scratch = mkdtempSync('/var/tmp/virtstack-image-');
  const raw = join(scratch, 'raw');
  const debugfs = (command: string): Promise<string> => sh(['debugfs', '-w', '-R', command, `${raw}?offset=${partitionOffset}`]);
  try {
    await sh(['qemu-img', 'convert', '-O', 'raw', tiny, raw]);
    await debugfs(`dump /boot/vmlinuz.gz ${scratch}/packed`);
    await debugfs('rm /boot/vmlinux.gz');
    await debugfs(`write ${scratch}/packed /boot/vmlinux.gz`);
    await sh(['qemu-img', 'convert', '-O', 'qcow2', raw, image]);
    return image;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
