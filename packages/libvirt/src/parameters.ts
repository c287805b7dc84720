import type { TypedParameter } from './wire-types.ts';

/** What a parameter can be; 64-bit integers are bigint. */
export type ParameterValue = TypedParameter['value']['value'];

/** Parameters by name. A name that comes twice (libvirt repeats some) keeps its last value. */
export const parametersToRecord = (parameters: readonly TypedParameter[]): Record<string, ParameterValue> =>
  Object.fromEntries(parameters.map(({ field, value }) => [field, value.value]));

const make =
  <T extends TypedParameter['value']['type']>(type: T) =>
  (field: string, value: Extract<TypedParameter['value'], { type: T }>['value']): TypedParameter =>
    ({ field, value: { type, value } }) as TypedParameter;

/** Parameters to send: `parameter.string('migrate_uri', 'tcp:host')`. libvirt refuses a parameter of another type than it expects. */
export const parameter = {
  int: make('int'),
  uint: make('uint'),
  llong: make('llong'),
  ullong: make('ullong'),
  double: make('double'),
  boolean: make('boolean'),
  string: make('string'),
};
