import type { Kind, ParameterSpec } from './language.ts';

/** A text that was read, or why it cannot be: `problem` continues the sentence "Invalid parameter x value=y: …". */
export type Reading = { readonly value: unknown } | { readonly problem: string; readonly text: string };
/** A part of a map as it was sent: `rest` is what followed the parameter's name, `[0].key`. */
type Part = { readonly rest: string; readonly text: string };

type Reader = (text: string, spec: ParameterSpec, name: string) => Reading;

const value = (read: unknown): Reading => ({ value: read });

/** Reads one parameter that is not a map. */
export const parse = (name: string, spec: ParameterSpec, text: string): Reading =>
  unprintable.test(text) ? { problem: 'it holds a control character', text } : readers[spec.kind](text, spec, name);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|\p{Surrogate}/u;
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Whether a text is an id, in whatever case. */
export const isId = (text: string): boolean => uuidForm.test(text.toLowerCase());

const readers: Record<Kind, Reader> = {
  string: readString,
  integer: readNumber,
  long: readNumber,
  boolean: (text) => {
    const word = text.trim().toLowerCase();
    if (word === 'true' || word === '1' || word === 'yes') return value(true);
    if (word === 'false' || word === '0' || word === 'no') return value(false);
    return { problem: 'it is true or false', text };
  },
  uuid: readUuid,
  date: readDate,
  list: (text) => value(words(text)),
  uuidlist: (text, spec) => {
    const readings = words(text).map((word) => readUuid(word, { ...spec, required: true }));
    return readings.find((reading) => 'problem' in reading) ?? value(readings.map((r) => 'value' in r && r.value));
  },
  map: () => value(undefined),
  maplist: () => value(undefined),
};

const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function readString(text: string, spec: ParameterSpec): Reading {
  if (spec.oneOf) {
    const word = spec.oneOf.find((one) => one.toLowerCase() === text.trim().toLowerCase());
    if (word !== undefined) return value(word);
    return text === '' ? value(undefined) : { problem: `it is one of ${spec.oneOf.join(', ')}`, text };
  }
  const longest = Math.min(spec.max ?? Infinity, spec.maxLength ?? Infinity);
  if (text.length > longest) return { problem: `it is at most ${longest} characters long, and this is ${text.length}`, text };
  if (text.length < (spec.min ?? 0)) return { problem: `it is at least ${spec.min} characters long`, text };
  if (spec.pattern && !spec.pattern.test(text)) return { problem: `it does not match ${spec.pattern.source}`, text };
  return value(text);
}

function readNumber(text: string, { min = -Infinity, max = Infinity }: ParameterSpec): Reading {
  const number = /^\s*[+-]?\d{1,18}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return value(number);
  return { problem: `it is a whole number from ${min} to ${max}`, text };
}

/** -1 is CloudStack's word for no single thing: every project, or the same as nothing. */
function readUuid(text: string, spec: ParameterSpec): Reading {
  const id = text.trim().toLowerCase();
  if (uuidForm.test(id)) return value(id);
  if (id === '-1' && !spec.required) return value(spec.entity === 'project' ? id : undefined);
  return { problem: 'it is not an id (a UUID such as 6ad1c4f6-3a4e-4b1c-8f0d-2f6f8b8f3b55)', text };
}

const dateForm = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Dates are UTC unless they say otherwise; a day alone begins at midnight, and where it ends something it ends with its last second. */
function readDate(text: string, _: ParameterSpec, name: string): Reading {
  const [, day, time, zone] = dateForm.exec(text.trim()) ?? [];
  const clock = time ?? (name === 'enddate' ? '23:59:59' : '00:00:00');
  const offset = (zone ?? 'Z').toUpperCase().replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
  const date = new Date(`${day}T${clock}${offset}`);
  // a day that does not exist (31 February) is moved on by some engines, refused by others
  if (day === undefined || Number.isNaN(date.getTime()) || !exists(day))
    return { problem: 'it is a date: 2026-11-23, or 2026-11-23T06:17:01+0000', text };
  return value(date);
}

const exists = (day: string): boolean => {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
};

/** `[0].key=a&[0].value=b`, `[0].a=b` and `.a=b` all say that a is b. */
export function mapOf(parts: readonly Part[]): Reading {
  const rows = rowsOf(parts, (field) => field);
  if ('problem' in rows) return rows;
  const pairs = rows.rows.flatMap((row) => {
    const key = row.find(([field]) => field.toLowerCase() === 'key')?.[1];
    if (key === undefined) return row;
    return [[key, row.find(([field]) => field.toLowerCase() === 'value')?.[1] ?? ''] as const];
  });
  return value(pairs.length > 0 ? Object.fromEntries(pairs) : undefined);
}

/** `[0].a=1&[0].b=2&[1].a=3`: in the order of their indices. Names of fields are in lower case. */
export function mapsOf(parts: readonly Part[]): Reading {
  const rows = rowsOf(parts, (field) => field.toLowerCase());
  if ('problem' in rows) return rows;
  return value(rows.rows.length > 0 ? rows.rows.map((row) => Object.fromEntries(row)) : undefined);
}

type Rows =
  | { readonly rows: readonly (readonly (readonly [string, string])[])[] }
  | { readonly problem: string; readonly text: string };

function rowsOf(parts: readonly Part[], named: (field: string) => string): Rows {
  const rows = new Map<number, [string, string][]>();
  for (const { rest, text } of parts) {
    if (rest === '' && text === '') continue;
    const [, index, field] = /^(?:\[(\d{1,4})\])?\.(.{1,255})$/s.exec(rest) ?? [];
    if (field === undefined) return { problem: 'it is given as name[0].key=…&name[0].value=…', text: rest || text };
    if (unprintable.test(text) || unprintable.test(field)) return { problem: 'it holds a control character', text: rest };
    if (text.length > 65_536) return { problem: 'it is at most 65536 characters long', text: rest };
    const row = rows.get(Number(index ?? 0)) ?? [];
    rows.set(Number(index ?? 0), [...row, [named(field), text]]);
  }
  return { rows: [...rows].sort(([a], [b]) => a - b).map(([, row]) => row) };
}
