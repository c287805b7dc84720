import { stat } from 'node:fs/promises';
import type { ImageFormat } from '@virtstack/protocol';
import { runConfined } from './confined.ts';
import { readHead } from './head.ts';
import type { Limits } from './limits.ts';
import { checkQcow2Header } from './qcow2.ts';
import { bytes, refuse } from './refuse.ts';

/** What files begin with. A "raw" disk that begins so would be taken for the other by whatever guesses. */
const kinds: readonly { name: string; at: number; magic: string }[] = [
  { name: 'qcow2', at: 0, magic: '514649fb' },
  { name: 'VMDK', at: 0, magic: '4b444d56' },
  { name: 'VMDK descriptor', at: 0, magic: Buffer.from('# Disk Descriptor').toString('hex') },
  { name: 'VHD', at: 0, magic: Buffer.from('conectix').toString('hex') },
  { name: 'VHDX', at: 0, magic: Buffer.from('vhdxfile').toString('hex') },
  { name: 'QED', at: 0, magic: '51454400' },
  { name: 'VDI', at: 64, magic: '7f10dabe' },
  { name: 'LUKS', at: 0, magic: '4c554b53babe' },
  { name: 'Parallels', at: 0, magic: Buffer.from('Withou').toString('hex') },
  { name: 'ZIP', at: 0, magic: '504b0304' },
  { name: 'OVA (tar)', at: 257, magic: Buffer.from('ustar').toString('hex') },
];

/**
 * Proves that a file is a whole, harmless disk image of the format. Gives its virtual size in bytes.
 * @throws {PeerError} `image`, with the cause and what to do.
 */
export const inspectImage = async (path: string, format: ImageFormat, limits: Limits, signal: AbortSignal): Promise<number> => {
  const { size } = await stat(path);
  const head = await readHead(path, 512);
  const kind = kinds.find(({ at, magic }) => head.subarray(at, at + magic.length / 2).toString('hex') === magic)?.name;
  if (/^\s*<(!doctype|html|\?xml)/i.test(head.toString('latin1')))
    refuse('html', 'The file is a web page, not an image. Use the link of the file itself.');
  if (format === 'qcow2' ? kind !== 'qcow2' : kind !== undefined)
    refuse(
      'image',
      `The file is ${kind ? `a ${kind} file` : 'no qcow2 image'}, not ${format} as was said. ${kind === 'qcow2' ? 'Register it as QCOW2.' : `Convert it: qemu-img convert -O ${format}.`}`,
    );
  if (format === 'raw') return checkRaw(size, limits);
  await checkQcow2Header(path, size);
  return checkQcow2(path, size, limits, signal);
};

const checkRaw = (size: number, limits: Limits): number => {
  if (size % 512 !== 0)
    refuse(
      'image',
      `A raw disk is a whole number of 512-byte sectors; this file has ${size} bytes, ${size % 512} too many: it is cut off, or no disk.`,
    );
  return checkVirtualSize(size, limits);
};

const checkVirtualSize = (size: number, { virtualBytes }: Limits): number => {
  if (!Number.isSafeInteger(size) || size <= 0 || size > virtualBytes)
    refuse('image', `The image describes a disk of ${bytes(size)}; more than 0 and at most ${bytes(virtualBytes)} is taken.`);
  return size;
};

type Info = {
  readonly 'virtual-size': number;
  readonly 'backing-filename'?: string;
  readonly encrypted?: boolean;
  readonly 'format-specific'?: { readonly data?: { readonly 'data-file'?: string; readonly corrupt?: boolean } };
};
type Check = { readonly 'check-errors'?: number; readonly corruptions?: number; readonly 'image-end-offset'?: number };

const checkQcow2 = async (path: string, size: number, limits: Limits, signal: AbortSignal): Promise<number> => {
  const info = JSON.parse(await qemuImg(['info', '--output=json', '-f', 'qcow2', path], signal)) as Info;
  const data = info['format-specific']?.data;
  if (info['backing-filename'] !== undefined || info.encrypted || data?.['data-file'] !== undefined || data?.corrupt)
    refuse('image', 'The image refers to other files, is encrypted or is corrupt. Convert it: qemu-img convert -O qcow2.');
  const virtualSize = checkVirtualSize(info['virtual-size'], limits);
  const check = JSON.parse(await qemuImg(['check', '--output=json', '-f', 'qcow2', path], signal)) as Check;
  const end = check['image-end-offset'] ?? 0;
  // The last cluster of a compressed image need not be there to its end.
  if (end > size + (1 << 21) || (end > size && check.corruptions))
    refuse('image', `The image is cut off: its tables speak of ${bytes(end)}, the file has ${bytes(size)}. Download it whole.`);
  if (check.corruptions || check['check-errors'])
    refuse(
      'image',
      `The image is damaged (qemu-img check: ${check.corruptions ?? 0} corruptions, ${check['check-errors'] ?? 0} errors): cut off, or broken at its source.`,
    );
  return virtualSize;
};

/** qemu-img check answers 2 and 3 (corruptions, leaks) with a report all the same. */
const qemuImg = async (args: readonly string[], signal: AbortSignal): Promise<string> => {
  try {
    return await runConfined(['qemu-img', ...args], signal);
  } catch (error) {
    signal.throwIfAborted();
    const {
      code,
      stdout,
      stderr = '',
      killed,
      message,
    } = error as { code?: number | string; stdout?: string; stderr?: string; killed?: boolean; message: string };
    if ((code === 2 || code === 3) && stdout?.trimStart().startsWith('{')) return stdout;
    const words =
      stderr
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/'[^']*\/[^']*'/g, 'the image') ?? '';
    return refuse(
      'image',
      `The image cannot be read: ${killed ? 'it takes more time or memory than any image should' : words || message}. Check it at its source: qemu-img check.`,
      `${stderr}${message}`,
    );
  }
};
