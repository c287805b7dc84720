import { type CommandName, commands, type ParamsOf } from './commands.ts';
import type { AnyCommand, ParameterSpec } from './language.ts';
import { mapOf, mapsOf, parse, type Reading } from './values.ts';

/** Why a call is refused; `message` is CloudStack's sentence. */
export type Problem = { readonly parameter: string; readonly kind: 'missing' | 'invalid'; readonly message: string };
export type Validated<N extends CommandName> =
  /** `unknown`: names that this command does not know; CloudStack ignores them, and so do we. */
  { readonly values: ParamsOf<N>; readonly unknown: readonly string[] } | { readonly problems: readonly Problem[] };

/** What belongs to the call itself, not to a command. */
const ofTheCall = new Set(
  'command response apikey signature signatureversion expires sessionkey jsoncallback callback _'.split(' '),
);

type Given = { readonly name: string; readonly rest: string; readonly text: string };

/**
 * The values of a command from what was sent. Names are matched in any case; what follows the index of a map (`details[0].cpuNumber`) keeps its own.
 * A name that was sent twice counts as it was sent last.
 */
export function validate<N extends CommandName>(name: N, sent: Iterable<readonly [string, string]>): Validated<N> {
  const command: AnyCommand = commands[name];
  const given = Map.groupBy([...sent].map(split), (one) => one.name);
  const problems: Problem[] = [];
  const values: [string, unknown][] = [];
  for (const [parameter, { spec }] of Object.entries(command.params)) {
    const reading = read(parameter, spec, given.get(parameter) ?? []);
    if ('problem' in reading) problems.push(invalid(name, parameter, spec, reading));
    else if (reading.value !== undefined) values.push([parameter, reading.value]);
    else if (spec.required) problems.push(missing(name, parameter));
    else if (spec.default !== undefined) values.push([parameter, spec.default]);
  }
  if (problems.length > 0) return { problems };
  const unknown = [...given.keys()].filter((key) => !Object.hasOwn(command.params, key) && !ofTheCall.has(key));
  return { values: Object.fromEntries(values) as unknown as ParamsOf<N>, unknown };
}

function split([name, text]: readonly [string, string]): Given {
  const cut = /[[.]/.exec(name)?.index ?? name.length;
  return { name: name.slice(0, cut).toLowerCase(), rest: name.slice(cut), text };
}

function read(parameter: string, spec: ParameterSpec, given: readonly Given[]): Reading {
  if (spec.kind === 'map') return mapOf(given);
  if (spec.kind === 'maplist') return mapsOf(given);
  const plain = given.findLast(({ rest }) => rest === '');
  if (plain === undefined || (plain.text === '' && (spec.required || spec.kind !== 'string'))) return { value: undefined };
  return parse(parameter, spec, plain.text);
}

const missing = (name: CommandName, parameter: string): Problem => ({
  parameter,
  kind: 'missing',
  message: `Unable to execute API command ${name.toLowerCase()} due to missing parameter ${parameter}`,
});

function invalid(
  name: CommandName,
  parameter: string,
  spec: ParameterSpec,
  { problem, text }: { problem: string; text: string },
): Problem {
  const shown = spec.secret ? '(not shown)' : text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return {
    parameter,
    kind: 'invalid',
    message: `Unable to execute API command ${name.toLowerCase()} due to invalid value. Invalid parameter ${parameter} value=${shown}: ${problem}`,
  };
}
