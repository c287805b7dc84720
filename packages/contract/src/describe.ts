import type { api } from './commands/api.ts';
import { type CommandName, commands } from './commands.ts';
import type { Answer, AnyCommand, Fields, ParameterSpec, Response } from './language.ts';

export type Description = Answer<(typeof api)['fields']>;

const names = Object.keys(commands) as readonly CommandName[];
const declared = (name: CommandName): AnyCommand => commands[name];

/** What listApis says of a command; everything in it is derived from its declaration. */
export function describe(name: CommandName): Description {
  const command = declared(name);
  return {
    name,
    description: command.doc,
    isasync: command.kind === 'async' || command.kind === 'async-create',
    related: names.filter((other) => other !== name && isRelated(declared(other), command)).join(','),
    params: Object.entries(command.params).map(([parameter, { spec }]) => describeParameter(parameter, spec)),
    response: describeFields(command.response),
    ...(!command.response.flat && { type: command.response.key }),
  };
}

const isRelated = (one: AnyCommand, other: AnyCommand): boolean =>
  !other.response.flat && one.response.source === other.response.source;

const describeParameter = (name: string, spec: ParameterSpec) => ({
  name,
  description: documentation(spec),
  type: parameterType(spec),
  length: Math.min(spec.maxLength ?? 255, spec.kind === 'string' ? (spec.max ?? Infinity) : Infinity),
  required: spec.required,
  related: spec.entity === undefined ? '' : names.filter((name) => declared(name).response.key === spec.entity).join(','),
});

/** CloudStack's word for the kind. */
export const parameterType = (spec: ParameterSpec): string =>
  spec.kind === 'uuidlist' ? 'list' : spec.kind === 'maplist' ? 'map' : spec.kind;

/** What is to be read about a parameter: its own words, its default, and whether anything happens with it. */
export const documentation = (spec: ParameterSpec): string =>
  [
    spec.doc,
    ...(spec.default === undefined ? [] : [`default: ${spec.default}`]),
    ...(spec.unused ? ['accepted, but without effect in this version'] : []),
  ].join('; ');

const describeFields = (response: Response<Fields>): readonly Field[] =>
  Object.entries(response.fields).map(([name, { spec }]) => ({
    name,
    description: spec.doc,
    type: spec.kind === 'objects' ? 'list' : spec.of ? spec.of.source.toLowerCase() : fieldTypes[spec.kind]!,
    ...(spec.of && { response: describeFields(spec.of) }),
  }));
type Field = { readonly name: string; readonly description: string; readonly type: string; readonly response?: readonly Field[] };

const fieldTypes: Record<string, string> = {
  string: 'string',
  integer: 'integer',
  long: 'long',
  double: 'double',
  boolean: 'boolean',
  date: 'date',
  map: 'map',
  maps: 'list',
  list: 'list',
  json: 'responseobject',
};
