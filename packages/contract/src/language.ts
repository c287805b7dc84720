/**
 * The language in which the API is declared. Validation, listApis, documentation, permissions and form types derive from what is said in it;
 * no logic lives here.
 */

import type { Access, Entity } from './entities.ts';

export {
  type Access,
  caller,
  changes,
  type Entity,
  type EntityDeclaration,
  entities,
  installation,
  makes,
  type Ownership,
  shows,
  takesAway,
} from './entities.ts';

export type Kind = 'string' | 'integer' | 'long' | 'boolean' | 'uuid' | 'date' | 'map' | 'maplist' | 'list' | 'uuidlist';

/** Which kind of thing is named, where another parameter says it (`resourcetype=UserVm`). */
export type EntityBy = { readonly parameter: string; readonly kinds: Readonly<Record<string, Entity>> };

export type ParameterSpec = {
  readonly kind: Kind;
  readonly doc: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly entity?: Entity;
  /** It names a thing of the kind that another parameter says. */
  readonly entityBy?: EntityBy;
  /** Not echoed in logs, events or job records. */
  readonly secret?: boolean;
  /** Clients send it; this version accepts it and does nothing with it. */
  readonly unused?: boolean;
  readonly oneOf?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Longest text, characters. */
  readonly maxLength?: number;
  readonly pattern?: RegExp;
};

/** A parameter; `Present` tells whether a handler always finds it. */
export interface Parameter<T, Present extends boolean = false> {
  readonly spec: ParameterSpec;
  required(): Parameter<T, true>;
  default(value: T): Parameter<T, true>;
  doc(text: string): Parameter<T, Present>;
  secret(): Parameter<T, Present>;
  /** Declared because clients know it; says in its documentation that nothing happens with it. */
  unused(): Parameter<T, Present>;
  /** Bounds of a number, or of a text's length. */
  range(min: number, max: number): Parameter<T, Present>;
  matching(pattern: RegExp): Parameter<T, Present>;
  oneOf<const V extends string>(...values: readonly V[]): Parameter<V, Present>;
}

const parameter = <T, P extends boolean>(spec: ParameterSpec): Parameter<T, P> => ({
  spec,
  required: () => parameter({ ...spec, required: true }),
  default: (value) => parameter({ ...spec, default: value }),
  doc: (text) => parameter({ ...spec, doc: text }),
  secret: () => parameter({ ...spec, secret: true }),
  unused: () => parameter({ ...spec, unused: true }),
  range: (min, max) => parameter({ ...spec, min, max }),
  matching: (pattern) => parameter({ ...spec, pattern }),
  oneOf: (...values) => parameter({ ...spec, oneOf: values }),
});
const kind = <T>(k: Kind, more: Partial<ParameterSpec> = {}): Parameter<T> =>
  parameter({ kind: k, doc: '', required: false, ...more });

export const string = (): Parameter<string> => kind('string', { maxLength: 255 });
/** A text of up to a mebibyte (user data, keys, certificates). */
export const text = (): Parameter<string> => kind('string', { maxLength: 1_048_576 });
export const integer = (): Parameter<number> => kind('integer', { min: -2_147_483_648, max: 2_147_483_647 });
export const long = (): Parameter<number> => kind('long', { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
export const boolean = (): Parameter<boolean> => kind('boolean');
export const date = (): Parameter<Date> => kind('date');
export const uuid = (entity: Entity): Parameter<string> => kind('uuid', { entity });
/** The same where CloudStack declares it as a text. */
export const id = (entity: Entity): Parameter<string> => kind('string', { maxLength: 255, entity });
/** The id of a thing of the kind that another parameter says. */
export const idBy = (parameter: string, kinds: EntityBy['kinds']): Parameter<string> =>
  kind('string', { maxLength: 255, entityBy: { parameter, kinds } });
export const idsBy = (parameter: string, kinds: EntityBy['kinds']): Parameter<readonly string[]> =>
  kind('list', { entityBy: { parameter, kinds } });
/** An id of something that this version does not have: its form is checked, nothing is loaded. */
export const reference = (): Parameter<string> => kind('uuid');
export const references = (): Parameter<readonly string[]> => kind('uuidlist');
export const uuids = (entity: Entity): Parameter<readonly string[]> => kind('uuidlist', { entity });
/** `a,b,c` */
export const list = (): Parameter<readonly string[]> => kind('list');
/** `details[0].name=value` or `details[0].key=name&details[0].value=value` */
export const map = (): Parameter<Readonly<Record<string, string>>> => kind('map');
/** `nics[0].networkid=…&nics[0].ip=…` */
export const maps = (): Parameter<readonly Readonly<Record<string, string>>[]> => kind('maplist');

export type Parameters = { readonly [name: string]: Parameter<unknown, boolean> };

type PresentNames<P extends Parameters> = { [K in keyof P]: P[K] extends Parameter<unknown, true> ? K : never }[keyof P];
type Value<Q> = Q extends Parameter<infer T, boolean> ? T : never;
/** What a handler receives: required and defaulted parameters are there, others may be absent. */
export type ValuesOf<P extends Parameters> = { readonly [K in PresentNames<P>]: Value<P[K]> } & {
  readonly [K in Exclude<keyof P, PresentNames<P>>]?: Value<P[K]> | undefined;
};

/** Field kinds of answers. `long` and `integer` are JSON numbers, `string` is a JSON string even where it looks like a number (clients are strict). */
export type FieldKind =
  | 'string'
  | 'integer'
  | 'long'
  | 'double'
  | 'boolean'
  | 'date'
  | 'map'
  | 'maps'
  | 'list'
  | 'objects'
  | 'object'
  | 'json';
export type FieldSpec = { readonly kind: FieldKind; readonly doc: string; readonly of?: Response<Fields> };
export interface Field<T> {
  readonly spec: FieldSpec;
  readonly type?: T;
}
export type Fields = { readonly [name: string]: Field<unknown> };
export type Response<F extends Fields> = {
  /** The key of one such object in an answer (`virtualmachine`). */
  readonly key: string;
  readonly doc: string;
  readonly fields: F;
  /** CloudStack's class of this answer; a check compares the fields with it. */
  readonly source: string;
  /** Its fields stand in the envelope itself, not under the key. */
  readonly flat?: boolean;
};

const field =
  <T>(k: FieldKind) =>
  (doc: string): Field<T> => ({ spec: { kind: k, doc } });
export const is = {
  string: field<string>('string'),
  integer: field<number>('integer'),
  long: field<number>('long'),
  double: field<number>('double'),
  boolean: field<boolean>('boolean'),
  date: field<Date>('date'),
  map: field<Readonly<Record<string, string>>>('map'),
  maps: field<readonly Readonly<Record<string, string>>[]>('maps'),
  list: field<readonly string[]>('list'),
  /** Any JSON, passed on as it is. */
  json: field<unknown>('json'),
  objects: <F extends Fields>(doc: string, of: Response<F>): Field<readonly Answer<F>[]> => ({
    spec: { kind: 'objects', doc, of },
  }),
  object: <F extends Fields>(doc: string, of: Response<F>): Field<Answer<F>> => ({ spec: { kind: 'object', doc, of } }),
};

/** An answer's value. Absent fields are omitted from the reply, never null. */
export type Answer<F extends Fields> = { readonly [K in keyof F]?: (F[K] extends Field<infer T> ? T : never) | null | undefined };
export type AnswerOf<R> = R extends Response<infer F> ? Answer<F> : never;

export const response = <F extends Fields>(key: string, source: string, doc: string, fields: F): Response<F> => ({
  key,
  source,
  doc,
  fields,
});

/** An answer whose fields stand in the envelope itself. */
export const flatResponse = <F extends Fields>(key: string, source: string, doc: string, fields: F): Response<F> => ({
  ...response(key, source, doc, fields),
  flat: true,
});

/** CloudStack's built-in roles. */
export type RoleType = 'Admin' | 'ResourceAdmin' | 'DomainAdmin' | 'User';
export const everyone: readonly RoleType[] = ['Admin', 'ResourceAdmin', 'DomainAdmin', 'User'];
export const admins: readonly RoleType[] = ['Admin'];
export const domainAdmins: readonly RoleType[] = ['Admin', 'ResourceAdmin', 'DomainAdmin'];

export type CommandKind =
  /** answers at once */
  | 'sync'
  /** answers `{count, KEY: [...]}` */
  | 'list'
  /** answers a jobid */
  | 'async'
  /** answers a jobid and the id of what it makes */
  | 'async-create';

export type Command<K extends CommandKind, P extends Parameters, R extends Response<Fields>, J extends boolean = boolean> = {
  readonly kind: K;
  readonly doc: string;
  readonly roles: readonly RoleType[];
  readonly access: Access<keyof P & string>;
  readonly params: P;
  readonly response: R;
  /** Event type recorded for it (`VM.CREATE`). */
  readonly event?: string;
  /** Every role and every key may call it: without it no client works. */
  readonly always?: true;
  /** May be called without logging in. */
  readonly anonymous?: boolean;
  /** Where the reply's outer key is not the command in lower case + `response`. */
  readonly envelope?: string;
  /** Where the list's key is not the response's. */
  readonly listKey?: string;
  /** A synchronous answer that is a list of what was made (addHost). */
  readonly answersList?: boolean;
  /** A job does it, and the synchronous answer waits for the job's end: whoever stops waiting stops nothing. */
  readonly byJob?: J;
};

/** A command, whichever it is. */
export type AnyCommand = Omit<Command<CommandKind, Parameters, Response<Fields>>, 'access'> & { readonly access: Access };

/** Declares a command. */
export const command = <K extends CommandKind, P extends Parameters, R extends Response<Fields>, J extends boolean = false>(
  declaration: Command<K, P, R, J>,
): Command<K, P, R, J> => declaration;

/** Paging and search, the same in every list. */
export const paging = {
  page: integer().range(1, 2_147_483_647).doc('the page to return, from 1'),
  pagesize: integer().range(-1, 2_147_483_647).doc('the number of entries on a page; -1 is all'),
  keyword: string().doc('find by part of a name'),
};

/** Whom a new thing belongs to. */
export const owner = {
  account: string().doc('the account that is to own it; goes with domainid'),
  domainid: uuid('domain').doc('the domain of that account'),
  projectid: uuid('project').doc('the project that is to own it'),
};

/** Whose things a list shows. */
export const scope = {
  account: string().doc('the account that owns them; goes with domainid'),
  domainid: uuid('domain').doc('the domain that they are in'),
  isrecursive: boolean().default(false).doc('include subdomains of domainid'),
  listall: boolean().default(false).doc('everything that the caller may see, not only what he owns'),
};

/** Whose things a list shows, projects included. */
export const ownership = {
  ...scope,
  projectid: uuid('project').doc('the project that owns them; -1 is every project'),
};

/** The answer of a command that has nothing to show. */
export const success = flatResponse('success', 'SuccessResponse', 'whether it was done', {
  success: is.boolean('true if it was done'),
  displaytext: is.string('any text about it'),
});
