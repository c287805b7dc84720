import { CloudError } from '../error.ts';

/** A parameter as it came: names are matched in lower case, but a signature may have been made over the name as it was written. */
export type RawParameter = { readonly name: string; readonly value: string };
/** By name in lower case. */
export type RawParameters = ReadonlyMap<string, RawParameter>;

const most = 2000;

/**
 * Reads the query and the form together. A name that is given twice with the same value counts once.
 * @throws {CloudError} `malformed`: too many, two values for one name, or a character that is none.
 */
export function readParameters(query: string, form: string): RawParameters {
  const found = new Map<string, RawParameter>();
  for (const source of [query, form]) {
    if (source.length > 0 && source.split('&', most + 1).length > most)
      throw new CloudError('malformed', `The request has more than ${most} parameters.`);
    for (const [name, value] of new URLSearchParams(source)) add(found, name, value);
  }
  return found;
}

function add(found: Map<string, RawParameter>, name: string, value: string): void {
  const key = name.toLowerCase();
  const before = found.get(key);
  if (before && before.value !== value)
    throw new CloudError('malformed', `The parameter ${printable(key)} is given twice with different values.`);
  if (value.includes('\0') || name.includes('\0'))
    throw new CloudError('malformed', `The parameter ${printable(key)} contains a zero character.`);
  if (found.size >= most) throw new CloudError('malformed', `The request has more than ${most} parameters.`);
  if (!before) found.set(key, { name, value });
}

const printable = (name: string): string => name.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
