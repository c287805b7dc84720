import { readFileSync } from 'node:fs';
import type { FieldKind } from '../language.ts';

/** What CloudStack itself says of its commands and answers, for tests: names and types, read in its sources. */

type Known = { readonly kind: string; readonly params: readonly string[]; readonly response: string };
const read = (name: string) => JSON.parse(readFileSync(new URL(`../../testdata/${name}.json`, import.meta.url), 'utf8'));
const sources: { commands: Record<string, Known>; responses: Record<string, readonly string[]> } = read('cloudstack-commands');

/** Where it departs from its own rules for envelopes and keys. */
export const irregular: {
  readonly envelopes: Readonly<Record<string, string>>;
  readonly listKeys: Readonly<Record<string, string>>;
  readonly objectKeys: Readonly<Record<string, readonly string[]>>;
} = read('cloudstack-envelopes');

/** CloudStack declares another answer than its code gives. */
export const answersOther: Readonly<
  Record<string, { readonly declared: string; readonly given: string; readonly fields: readonly string[] }>
> = {
  listProjectAccounts: {
    declared: 'ProjectResponse',
    given: 'ProjectAccountResponse',
    fields: [
      ...['projectid:String', 'project:String', 'accountid:String', 'account:String', 'accounttype:Integer', 'userid:String'],
      ...[
        'username:String',
        'role:String',
        'projectroleid:String',
        'domainid:String',
        'domain:String',
        'user:List<UserResponse>',
      ],
    ],
  },
};

export const commandOf = (name: string): Known | undefined => sources.commands[name];

/** The types of an answer's fields, by name. */
export function fieldsOf(source: string): ReadonlyMap<string, string> | undefined {
  const fields = sources.responses[source] ?? Object.values(answersOther).find(({ given }) => given === source)?.fields;
  return fields && new Map(fields.map((text) => text.split(/:(.*)/) as [string, string]));
}

/** Which of CloudStack's types is one of our kinds of fields. An enumeration is a text on the wire. */
export const typesOf: Readonly<Partial<Record<FieldKind, RegExp>>> = {
  string: /^(String|ImageFormat|Status|Host\.Type|StoragePoolStatus|ScopeType|ApiKeyPairState|Event\.State|State)$/,
  integer: /^(Integer|int|Short)$/,
  long: /^(Long|long)$/,
  double: /^(Double|float)$/,
  boolean: /^(Boolean|boolean)$/,
  date: /^Date$/,
  map: /^Map(<.*>)?$/,
  maps: /^List<Map<.*>>$/,
  list: /^(List|Set)<String>$/,
  json: /^ResponseObject$/,
};

/** Whose fields an object's are, and whether there are many: `Set<NicResponse>`. */
export function objectsOf(type: string): { readonly source: string; readonly many: boolean } {
  const many = /^(?:java\.util\.)?(?:List|Set)<(\w+)>$/.exec(type);
  return { source: many?.[1] ?? type, many: many !== null };
}
