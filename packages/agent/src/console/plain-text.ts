const ESC = String.fromCharCode(27);
const BEL = String.fromCharCode(7);
const all = (pattern: string): RegExp => new RegExp(pattern, 'gu');

/** Commands of terminals (ECMA-48). Those that move the cursor begin a new line for a reader who has none. */
const moves = all(`${ESC}\\[[0-9;?]*[HfJABEF]`);
const commands = all(`${ESC}\\[[0-9;?]*[ -/]*[@-~]`);
/** Texts for the terminal itself: a title, an answer. */
const strings = all(`${ESC}[\\]P^_][^${ESC}${BEL}\\n]*(?:${BEL}|${ESC}\\\\)?`);
const singles = all(`${ESC}[ -/]*[0-~]`);
/** Also what turns the direction of writing or cannot be seen. */
const invisible = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** What a guest wrote on its console, as lines of plain text: no terminal and no reader is moved by it. */
export const plainText = (bytes: Buffer): string =>
  bytes
    .toString('utf8')
    .replace(moves, '\n')
    .replace(commands, '')
    .replace(strings, '')
    .replace(singles, '')
    .replace(/\r+\n?/g, '\n')
    .replaceAll('\t', ' ')
    .replace(invisible, '');
