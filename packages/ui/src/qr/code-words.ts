import { checkWords } from './reed-solomon.ts';

/** Of each version at level M (15 % may be damaged): check words of a block, and blocks. ISO/IEC 18004, table 9. */
const blocksOf: readonly (readonly [checks: number, blocks: number])[] = [
  [10, 1],
  [16, 1],
  [26, 1],
  [18, 2],
  [24, 2],
  [16, 4],
  [18, 4],
  [22, 4],
  [22, 5],
  [26, 5],
  [30, 5],
  [22, 8],
  [22, 9],
  [24, 9],
  [24, 10],
];

/** How many words there is room for beside the patterns. */
const allWords = (version: number): number => {
  const aligned = version < 2 ? 0 : Math.floor(version / 7) + 2;
  const alignment = aligned && 25 * aligned ** 2 - 10 * aligned - 55;
  return Math.floor(((16 * version + 128) * version + 64 - alignment - (version < 7 ? 0 : 36)) / 8);
};

const dataWords = (version: number): number => {
  const [checks, blocks] = blocksOf[version - 1] ?? [0, 0];
  return allWords(version) - checks * blocks;
};

const lengthBits = (version: number): number => (version < 10 ? 8 : 16);

/** The smallest version that has room for so many bytes; nothing where none has (from 413 on). */
export const versionFor = (bytes: number): number | undefined =>
  blocksOf.map((_, i) => i + 1).find((version) => 4 + lengthBits(version) + 8 * bytes <= 8 * dataWords(version));

/** Bytes as the words of that version: mode, length, data, padding. */
const padded = (bytes: Uint8Array, version: number): readonly number[] => {
  const bits = [
    '0100',
    bytes.length.toString(2).padStart(lengthBits(version), '0'),
    ...Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')),
    '0000', // the end
  ].join('');
  const words = (bits.match(/.{1,8}/g) ?? []).map((word) => Number.parseInt(word.padEnd(8, '0'), 2));
  const room = dataWords(version);
  const padding = Array.from({ length: room }, (_, i) => (i % 2 === 0 ? 0xec : 0x11));
  return [...words, ...padding].slice(0, room);
};

/** The later blocks have one word more where the words cannot be divided evenly. */
const inBlocks = (words: readonly number[], blocks: number): readonly (readonly number[])[] => {
  const short = Math.floor(words.length / blocks);
  const long = words.length % blocks;
  let from = 0;
  return Array.from({ length: blocks }, (_, i) => {
    const block = words.slice(from, from + short + (i < blocks - long ? 0 : 1));
    from += block.length;
    return block;
  });
};

/** The first of every block, the second of every block…: damage in one place is spread over all. */
const interleaved = (blocks: readonly (readonly number[])[]): readonly number[] =>
  Array.from({ length: Math.max(...blocks.map((block) => block.length)) }, (_, i) =>
    blocks.flatMap((block) => block[i] ?? []),
  ).flat();

/** What is drawn: data and check words, block by block interleaved. */
export const codeWords = (bytes: Uint8Array, version: number): readonly number[] => {
  const [checks, count] = blocksOf[version - 1] ?? [0, 1];
  const blocks = inBlocks(padded(bytes, version), count);
  return [...interleaved(blocks), ...interleaved(blocks.map((block) => checkWords(block, checks)))];
};
