import { codeWords, versionFor } from './code-words.ts';

/** The modules of a QR code, row by row; true is dark. */
export type QrCode = readonly (readonly boolean[])[];

type Grid = { readonly size: number; readonly dark: boolean[][]; readonly taken: boolean[][] };
const put = ({ dark, taken }: Grid, x: number, y: number, is: boolean): void => {
  const [darkRow, takenRow] = [dark[y], taken[y]];
  if (!darkRow || !takenRow || x < 0 || x >= darkRow.length) return; // the border of a corner pattern lies outside
  darkRow[x] = is;
  takenRow[x] = true;
};

const emptyGrid = (size: number): Grid => {
  const rows = (): boolean[][] => Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  return { size, dark: rows(), taken: rows() };
};

/** Squares within squares around a place: dark but for these rings. */
const putSquares = (grid: Grid, x: number, y: number, radius: number, light: readonly number[]): void => {
  for (let dy = -radius; dy <= radius; dy += 1)
    for (let dx = -radius; dx <= radius; dx += 1)
      put(grid, x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
};

const alignmentPlaces = (version: number): readonly number[] => {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = 4 * version + 10;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => last - step * (count - 2 - i))];
};

const putPatterns = (grid: Grid, version: number): void => {
  const { size } = grid;
  for (let i = 0; i < size; i += 1) {
    put(grid, 6, i, i % 2 === 0);
    put(grid, i, 6, i % 2 === 0);
  }
  const corners = [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const;
  for (const [x, y] of corners) putSquares(grid, x, y, 4, [2, 4]);
  const places = alignmentPlaces(version);
  const isCorner = (x: number, y: number): boolean =>
    (x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6);
  for (const x of places) for (const y of places) if (!isCorner(x, y)) putSquares(grid, x, y, 2, [1]);
};

/** Bits with the rest of their division by a polynomial behind them. */
const checked = (data: number, polynomial: number, bits: number): number => {
  let rest = data;
  for (let i = 0; i < bits; i += 1) rest = (rest << 1) ^ ((rest >>> (bits - 1)) * polynomial);
  return (data << bits) | rest;
};

const levelM = 0;
/** Any of the eight masks may be drawn; what is encoded here is mostly random, so that none is better than this one. */
const mask = { number: 0, inverts: (x: number, y: number): boolean => (x + y) % 2 === 0 };

/** Level and mask, twice. */
const putFormat = (grid: Grid): void => {
  const { size } = grid;
  const format = checked((levelM << 3) | mask.number, 0x537, 10) ^ 0x5412;
  const bit = (i: number): boolean => ((format >>> i) & 1) === 1;
  for (let i = 0; i <= 5; i += 1) put(grid, 8, i, bit(i));
  put(grid, 8, 7, bit(6));
  put(grid, 8, 8, bit(7));
  put(grid, 7, 8, bit(8));
  for (let i = 9; i < 15; i += 1) put(grid, 14 - i, 8, bit(i));
  for (let i = 0; i < 8; i += 1) put(grid, size - 1 - i, 8, bit(i));
  for (let i = 8; i < 15; i += 1) put(grid, 8, size - 15 + i, bit(i));
  put(grid, 8, size - 8, true);
};

/** The version, twice, where it cannot be told from the size alone. */
const putVersion = (grid: Grid, version: number): void => {
  if (version < 7) return;
  const bits = checked(version, 0x1f25, 12);
  for (let i = 0; i < 18; i += 1) {
    const [a, b] = [grid.size - 11 + (i % 3), Math.floor(i / 3)];
    const is = ((bits >>> i) & 1) === 1;
    put(grid, a, b, is);
    put(grid, b, a, is);
  }
};

/** The places for data: two columns at a time from the right, up and down by turns; the column of the timing pattern is left out. */
function* places(size: number): Generator<readonly [number, number]> {
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const up = ((right + 1) & 2) === 0;
    for (let i = 0; i < size; i += 1) for (const x of [right, right - 1]) yield [x, up ? size - 1 - i : i];
  }
}

const putWords = (grid: Grid, words: readonly number[]): void => {
  let i = 0;
  for (const [x, y] of places(grid.size)) {
    if (grid.taken[y]?.[x]) continue;
    const is = (((words[i >>> 3] ?? 0) >>> (7 - (i & 7))) & 1) === 1;
    put(grid, x, y, is !== mask.inverts(x, y));
    i += 1;
  }
};

/** A text as a QR code (ISO/IEC 18004, bytes, level M); nothing where it is too long for one that a camera reads from a screen. */
export const qrCode = (text: string): QrCode | undefined => {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  if (version === undefined) return undefined;
  const grid = emptyGrid(4 * version + 17);
  putPatterns(grid, version);
  putFormat(grid);
  putVersion(grid, version);
  putWords(grid, codeWords(bytes, version));
  return grid.dark;
};
