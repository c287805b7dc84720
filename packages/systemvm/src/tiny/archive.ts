/** One file of an initramfs. */
export type ArchiveEntry = { readonly path: string; readonly mode: number; readonly data?: Buffer };

/** The "newc" cpio archive that the kernel unpacks (Documentation/driver-api/early-userspace/buffer-format.rst). Same entries, same bytes. */
export const initramfsArchive = (entries: readonly ArchiveEntry[]): Buffer => {
  const parts = [...entries, { path: 'TRAILER!!!', mode: 0 }].map((entry, index) => record(entry, index + 1));
  return pad(Buffer.concat(parts), 512);
};

const record = ({ path, mode, data = Buffer.alloc(0) }: ArchiveEntry, inode: number): Buffer => {
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([pad(Buffer.concat([header, name]), 4), pad(data, 4)]);
};

const pad = (data: Buffer, to: number): Buffer => Buffer.concat([data, Buffer.alloc((to - (data.length % to)) % to)]);
