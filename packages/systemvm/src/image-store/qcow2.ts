import { readHead } from './head.ts';
import { bytes, refuse } from './refuse.ts';

const MAGIC = 0x514649fb;
const DATA_FILE = 1n << 2n;
const CORRUPT = 1n << 1n;
const SNAPSHOTS = 16;

/**
 * Judges a qcow2 file by its own header (docs/interop/qcow2.txt of QEMU), before any program opens it: one that did would open what the header names.
 * @throws {PeerError} `image`
 */
export const checkQcow2Header = async (path: string, sizeBytes: number): Promise<void> => {
  const head = await readHead(path, 104);
  if (head.length < 72 || head.readUInt32BE(0) !== MAGIC)
    return refuse('image', `The image ends within its header (${bytes(sizeBytes)}). Download it whole.`);
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3)
    refuse(
      'image',
      `The image is a qcow2 of version ${version}; versions 2 and 3 are taken. Convert it: qemu-img convert -O qcow2.`,
    );
  const features = version === 3 ? head.readBigUInt64BE(72) : 0n;
  if (head.readBigUInt64BE(8) !== 0n)
    refuse(
      'image',
      `The image has a backing file (${await backingFile(path, head)}): it holds only a part of a disk. Flatten it: qemu-img convert -O qcow2.`,
    );
  if (features & DATA_FILE)
    refuse('image', 'The image keeps its data in another file. Make one file of it: qemu-img convert -O qcow2.');
  if (features & CORRUPT) refuse('image', 'The image is marked as corrupt. Repair it: qemu-img check -r all.');
  const encryption = head.readUInt32BE(32);
  if (encryption !== 0) refuse('image', 'The image is encrypted. Decrypt it: qemu-img convert.');
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21)
    refuse('image', `The image's cluster size is 2^${clusterBits} bytes; from 2^9 to 2^21 is possible.`);
  const snapshots = head.readUInt32BE(60);
  if (snapshots > SNAPSHOTS)
    refuse(
      'image',
      `The image has ${snapshots} internal snapshots; at most ${SNAPSHOTS} are taken. Remove them: qemu-img convert -O qcow2.`,
    );
};

const backingFile = async (path: string, head: Buffer): Promise<string> => {
  const offset = Number(head.readBigUInt64BE(8));
  const length = Math.min(head.readUInt32BE(16), 1023);
  const name = offset + length > 1 << 21 ? Buffer.alloc(0) : (await readHead(path, offset + length)).subarray(offset);
  return JSON.stringify(name.toString('utf8'));
};
