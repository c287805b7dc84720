import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RawParameter, RawParameters } from './parameters.ts';

/**
 * Clients disagree on what URL encoding leaves as it is. Java (the reference) encodes `~` and leaves `*`; Go and csclient encode `*`, Go and Python
 * leave `~`, libcloud and Go leave brackets, JavaScript leaves `!'()`. Each group is one way or the other in all of a request.
 */
const groups = ['~', '*', '[]', "!'()"] as const;
type Choice = readonly boolean[];

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** What every client agrees on; the characters of the groups are still as they were. */
const encode = (value: string): string => encodeURIComponent(value).replaceAll('%5B', '[').replaceAll('%5D', ']');

/** `literal[i]`: the characters of `groups[i]` stay as they are. Whole passes, because a text may have a million of them. */
const choose = (encoded: string, literal: Choice): string =>
  groups
    .filter((_, index) => !literal[index])
    .flatMap((group) => [...group])
    .reduce((text, character) => text.replaceAll(character, percent(character)), encoded);

const byName =
  <T extends RawParameter>(name: (parameter: T) => string) =>
  (a: T, b: T) =>
    name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0;

/** The texts that a client may have signed, the reference's first. */
function* signedTexts(parameters: RawParameters): Generator<string> {
  const all = [...parameters.values()]
    .filter(({ name }) => name.toLowerCase() !== 'signature')
    .map((parameter) => ({ ...parameter, encoded: encode(parameter.value) }));
  const asWritten = all.toSorted(byName(({ name }) => name));
  const inLowerCase = all.toSorted(byName(({ name }) => name.toLowerCase()));
  const orders = asWritten.every((one, index) => one === inLowerCase[index]) ? [asWritten] : [asWritten, inLowerCase];
  const text = all.map(({ name, value }) => name + value).join('');
  const open = groups.map((group) => [...group].some((character) => text.includes(character)));
  const bracketsInNames = all.some(({ name }) => /[[\]]/.test(name));
  for (const order of orders)
    for (const literal of choices(open))
      for (const plainNames of bracketsInNames ? [true, false] : [true]) {
        const pairs = order.map(
          ({ name, encoded }) => `${plainNames ? name : encodeURIComponent(name)}=${choose(encoded, literal)}`,
        );
        yield pairs.join('&').toLowerCase();
      }
}

/** Both ways of every group that occurs; first the reference's: `*` stays, the others are encoded. */
function choices(open: readonly boolean[]): Choice[] {
  let made: boolean[][] = [[]];
  for (const [index, occurs] of open.entries()) {
    const reference = index === 1;
    made = made.flatMap((choice) =>
      occurs
        ? [
            [...choice, reference],
            [...choice, !reference],
          ]
        : [[...choice, reference]],
    );
  }
  return made;
}

export const sign = (text: string, secretKey: string): Buffer => createHmac('sha1', secretKey).update(text).digest();

/** Whether the request was signed with that key, in any of the ways that clients do it. */
export function isSigned(parameters: RawParameters, secretKey: string): boolean {
  // A form in which the signature itself was not encoded turns its plus signs into spaces.
  const given = Buffer.from((parameters.get('signature')?.value ?? '').replaceAll(' ', '+'), 'base64');
  for (const text of signedTexts(parameters)) {
    const expected = sign(text, secretKey);
    if (given.length === expected.length && timingSafeEqual(given, expected)) return true;
  }
  return false;
}

/** When a request stops being good: `2026-11-23T06:17:01+0000` and `…Z`. Milliseconds since 1970, or NaN. */
export function expiry(text: string): number {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?)(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (!found) return Number.NaN;
  return Date.parse(found[1]! + (found[2] === 'Z' ? 'Z' : found[2]!.replace(/^(...):?(..)$/, '$1:$2')));
}
