import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { runBinary } from './run.ts';

/** How a kernel's payload can be packed, by its first bytes (Documentation/x86/boot.rst, payload_offset). */
const packings: readonly { name: string; magic: string; unpack(data: Buffer): Promise<Buffer> }[] = [
  { name: 'gzip', magic: '1f8b', unpack: promisify(gunzip) },
  { name: 'xz', magic: 'fd377a585a00', unpack: (data) => runBinary(['xz', '-dc', '--single-stream'], data) },
  { name: 'zstd', magic: '28b52ffd', unpack: promisify(zstdDecompress) },
  { name: 'lz4', magic: '02214c18', unpack: async (data) => unpackLegacyLz4(data) },
  { name: 'none', magic: '7f454c46', unpack: async (data) => data },
];

/**
 * The ELF kernel inside a bzImage. GRUB's builds for paravirtual guests unpack gzip, xz and lzo only; all of them load the ELF file.
 * @throws for an image that is no bzImage or is packed in a way unknown here.
 */
export const elfKernel = async (path: string): Promise<{ elf: Buffer; packing: string }> => {
  const image = await readFile(path);
  if (image.toString('latin1', 0x202, 0x206) !== 'HdrS') throw new Error(`${path} is no bzImage.`);
  const setupSectors = image[0x1f1]! || 4;
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  const packing = packings.find(({ magic }) => payload.toString('hex', 0, magic.length / 2) === magic);
  if (!packing) throw new Error(`${path} is packed in an unknown way (${payload.toString('hex', 0, 6)}).`);
  // The build appends the unpacked size (4 bytes) to the payload; decoders may not accept it.
  const elf = await packing.unpack(
    packing.name === 'none' ? payload : payload.subarray(0, payload.length - (packing.name === 'gzip' ? 0 : 4)),
  );
  if (elf.toString('hex', 0, 4) !== '7f454c46') throw new Error(`${path} unpacked to something that is no ELF file.`);
  return { elf, packing: packing.name };
};

/** LZ4's legacy frame: a magic, then blocks of at most 8 MiB, each behind its packed length. */
const unpackLegacyLz4 = (data: Buffer): Buffer => {
  const blocks: Buffer[] = [];
  for (let at = 4; at + 4 <= data.length; ) {
    const length = data.readUInt32LE(at);
    if (length === 0 || at + 4 + length > data.length) break;
    blocks.push(unpackLz4Block(data.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
};

const unpackLz4Block = (source: Buffer): Buffer => {
  const target = Buffer.alloc(8 << 20);
  let read = 0;
  let written = 0;
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) for (let byte = 255; byte === 255; length += byte) byte = source[read++]!;
    return length;
  };
  while (read < source.length) {
    const token = source[read++]!;
    const literals = lengthOf(token >> 4);
    source.copy(target, written, read, read + literals);
    read += literals;
    written += literals;
    if (read >= source.length) break;
    const distance = source.readUInt16LE(read);
    read += 2;
    const length = lengthOf(token & 15) + 4;
    // Byte by byte: a match may overlap what it makes.
    for (let i = 0; i < length; i++, written++) target[written] = target[written - distance]!;
  }
  return target.subarray(0, written);
};
