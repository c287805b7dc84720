import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RawParameters } from './parameters.ts';
import { type Manner, mannersOf, roomFor, signedRequest, signedText } from './signed-text.ts';

/** Whether the request was signed with that key, in any of the ways that clients do it. */
export const isSigned = (parameters: RawParameters, secretKey: string): boolean => mannerOf(parameters, secretKey) !== undefined;

/** In which manner the request was signed with that key; nothing where it was not. `last`, the manner of this client's last request, is tried first. */
export function mannerOf(parameters: RawParameters, secretKey: string, last?: Manner): Manner | undefined {
  // A form in which the signature itself was not encoded turns its plus signs into spaces.
  const given = Buffer.from((parameters.get('signature')?.value ?? '').replaceAll(' ', '+'), 'base64');
  if (given.length !== signatureBytes) return undefined;
  const request = signedRequest(parameters);
  const room = roomFor(request);
  const manners = last ? [last, ...mannersOf(request)] : mannersOf(request);
  return manners.find((manner) => timingSafeEqual(given, sign(signedText(request, manner, room), secretKey)));
}

const signatureBytes = 20;

const sign = (text: Buffer, secretKey: string): Buffer => createHmac('sha1', secretKey).update(text).digest();

/** When a request stops being good: `2026-11-23T06:17:01+0000` and `…Z`. Milliseconds since 1970, or NaN. */
export function expiry(text: string): number {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?)(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (!found) return Number.NaN;
  return Date.parse(found[1]! + (found[2] === 'Z' ? 'Z' : found[2]!.replace(/^(...):?(..)$/, '$1:$2')));
}
