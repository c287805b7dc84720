import { type CommandName, commands, type ResponseOf } from './commands.ts';
import type { Answer, AnyCommand, FieldSpec, Fields, Response } from './language.ts';

/** What goes out as JSON, or as XML with the same names. */
export type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

/** CloudStack's form of a date: seconds, UTC, no colon in the offset. */
export const formatDate = (date: Date): string => `${date.toISOString().slice(0, 19)}+0000`;

/** The outer key of a command's reply. */
export const envelopeOf = (name: CommandName): string => {
  const command: AnyCommand = commands[name];
  return command.envelope ?? `${name.toLowerCase()}response`;
};

/** An answer by its declaration: fields in the declared order, absent ones left out, undeclared ones too. */
export function format<F extends Fields>(response: Response<F>, answer: Answer<F>): { readonly [name: string]: Json } {
  const values = answer as Readonly<Record<string, unknown>>;
  const told: Record<string, Json> = {};
  for (const name in response.fields) {
    const value = values[name];
    if (value !== undefined && value !== null) told[name] = formatField(response.fields[name]!.spec, value);
  }
  return told;
}

function formatField(spec: FieldSpec, value: unknown): Json {
  if (spec.kind === 'date') return formatDate(value as Date);
  if (spec.kind === 'object') return format(spec.of!, value as Answer<Fields>);
  if (spec.kind === 'objects') return (value as readonly Answer<Fields>[]).map((one) => format(spec.of!, one));
  return value as Json;
}

type Made<N extends CommandName> = Commands[N]['kind'] extends 'list'
  ? { readonly count: number; readonly items: readonly ResponseOf<N>[] }
  : ResponseOf<N> | readonly ResponseOf<N>[];
type Commands = typeof commands;

/** What stands in the envelope for what a handler answered. An empty list is `{}`, as CloudStack's is. */
export function body<N extends CommandName>(name: N, made: Made<N>): { readonly [name: string]: Json } {
  const { response, kind, answersList, listKey = response.key }: AnyCommand = commands[name];
  const all = (items: readonly unknown[], count: number): { readonly [name: string]: Json } =>
    count === 0 ? {} : { count, [listKey]: items.map((item) => format(response, item as Answer<Fields>)) };
  if (kind === 'list') {
    const { items, count } = made as { count: number; items: readonly unknown[] };
    return all(items, count);
  }
  if (Array.isArray(made)) return all(made, made.length);
  const one = format(response, made as Answer<Fields>);
  if (answersList) return { count: 1, [listKey]: [one] };
  return response.flat ? one : { [response.key]: one };
}
