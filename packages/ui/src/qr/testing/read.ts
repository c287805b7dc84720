import type { QrCode } from '../qr-code.ts';

/** A reader of QR codes, for tests: written from the standard and apart from what draws them, and it corrects nothing. */

/** Check words of a block and blocks, level M, by version. */
const layout = '10x1 16x1 26x1 18x2 24x2 16x4 18x4 22x4 22x5 26x5 30x5 22x8 22x9 24x9 24x10'
  .split(' ')
  .map((each) => each.split('x').map(Number) as [number, number]);
/** Centres of the alignment patterns, by version (annex E). */
const centres = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
  [6, 30, 54],
  [6, 32, 58],
  [6, 34, 62],
  [6, 26, 46, 66],
  [6, 26, 48, 70],
];

const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

const isPattern = (x: number, y: number, size: number, version: number): boolean => {
  if (x === 6 || y === 6) return true;
  if ((x < 9 && y < 9) || (x < 9 && y >= size - 8) || (x >= size - 8 && y < 9)) return true;
  if (version >= 7 && ((x < 6 && y >= size - 11) || (y < 6 && x >= size - 11))) return true;
  const near = (at: number): number | undefined => centres[version - 1]?.find((centre) => Math.abs(at - centre) <= 2);
  const [cx, cy] = [near(x), near(y)];
  if (cx === undefined || cy === undefined) return false;
  const [first, last] = [6, size - 7];
  return !((cx === first && cy === first) || (cx === first && cy === last) || (cx === last && cy === first));
};

/** The fifteen bits beside the upper left corner, the mask of the format taken off: level and mask. */
const formatOf = (code: QrCode): number => {
  const read = [0, 1, 2, 3, 4, 5, 7, 8].map((y) => code[y]![8]!).concat([7, 5, 4, 3, 2, 1, 0].map((x) => code[8]![x]!));
  return (read.reduce((bits, is, i) => bits | (Number(is) << i), 0) ^ 0b101010000010010) >> 10;
};

const wordsIn = (code: QrCode, version: number): number[] => {
  const size = code.length;
  const bits: boolean[] = [];
  const inverts = masks[formatOf(code) & 7]!;
  let up = true;
  for (const right of Array.from({ length: size - 1 }, (_, i) => size - 1 - i).filter((x) =>
    x > 6 ? x % 2 === 0 : x % 2 === 1,
  )) {
    for (let i = 0; i < size; i += 1)
      for (const x of [right, right - 1]) {
        const y = up ? size - 1 - i : i;
        if (!isPattern(x, y, size, version)) bits.push(code[y]![x]! !== inverts(x, y));
      }
    up = !up;
  }
  return Array.from({ length: Math.floor(bits.length / 8) }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((word, is) => 2 * word + Number(is), 0),
  );
};

const powers: number[] = [1];
for (let i = 1; i < 255; i += 1) powers.push(powers[i - 1]! >= 128 ? (powers[i - 1]! * 2) ^ 285 : powers[i - 1]! * 2);
const product = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : powers[(powers.indexOf(a) + powers.indexOf(b)) % 255]!;

/** A block is whole where it is divided by the generator without a rest: it is nought at each of its roots. */
const isWhole = (block: readonly number[], checks: number): boolean =>
  powers.slice(0, checks).every((root) => block.reduce((sum, word) => product(sum, root) ^ word, 0) === 0);

const blocksIn = (words: readonly number[], [checks, count]: readonly [number, number]): number[][] => {
  const data = words.length - checks * count;
  const lengths = Array.from({ length: count }, (_, i) => Math.floor(data / count) + (i >= count - (data % count) ? 1 : 0));
  const blocks: number[][] = lengths.map(() => []);
  let next = 0;
  for (let i = 0; i < Math.max(...lengths); i += 1)
    for (const [b, length] of lengths.entries()) if (i < length) blocks[b]!.push(words[next++]!);
  for (let i = 0; i < checks; i += 1) for (const block of blocks) block.push(words[next++]!);
  return blocks;
};

/** @throws {Error} it is damaged, or not of bytes at level M. */
export const textIn = (code: QrCode): string => {
  const version = (code.length - 17) / 4;
  if (formatOf(code) >> 3 !== 0) throw new Error('not level M');
  const [checks, count] = layout[version - 1]!;
  const blocks = blocksIn(wordsIn(code, version), [checks, count]);
  if (!blocks.every((block) => isWhole(block, checks))) throw new Error('damaged');
  const bits = blocks
    .flatMap((block) => block.slice(0, -checks))
    .map((word) => word.toString(2).padStart(8, '0'))
    .join('');
  if (bits.slice(0, 4) !== '0100') throw new Error('not of bytes');
  const lengthBits = version < 10 ? 8 : 16;
  const length = Number.parseInt(bits.slice(4, 4 + lengthBits), 2);
  const bytes = Array.from({ length }, (_, i) => Number.parseInt(bits.slice(4 + lengthBits + 8 * i, 12 + lengthBits + 8 * i), 2));
  return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes));
};
