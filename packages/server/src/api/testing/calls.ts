import { randomUUID } from 'node:crypto';
import { type AnyCommand, type CommandName, commands, type Entity, type ParameterSpec } from '@virtstack/contract';
import { mayCall } from '../../accounts/permissions.ts';
import { answerApi } from '../../http/api.ts';
import { type Keys, signedQuery, type TestServer, type Values } from '../../http/testing.ts';
import { handlers } from '../registry.ts';
import type { Person } from './world.ts';

/** Every command that is served, and its declaration. */
export const served = (Object.keys(handlers) as CommandName[]).map((name) => ({ name, declared: commands[name] as AnyCommand }));

/** What a parameter of a command names, and what is done with it. */
export type Naming = {
  readonly parameter: string;
  readonly entity: Entity;
  readonly use: 'use' | 'change';
  /** What must be said beside it for it to name such a thing. */
  readonly beside: Values;
  /** It is one of several words of an answer, and not checked as an id is: what is told of one that names nothing need not name it. */
  readonly loose?: true;
};

/** The parameters of a command that name a thing; of one that can name things of several kinds, each. */
export function naming(name: CommandName, declared: AnyCommand): readonly Naming[] {
  return Object.entries(declared.params).flatMap(([parameter, { spec }]): readonly Naming[] => {
    const use = changed(declared, parameter) ? 'change' : 'use';
    if (spec.entity) return [{ parameter, entity: spec.entity, use, beside: {} }];
    const { entityBy } = spec;
    if (entityBy)
      return Object.entries(entityBy.kinds).map(([word, entity]) => ({
        ...{ parameter, entity, use },
        beside: { [entityBy.parameter]: word },
      }));
    const { entity, beside = {} } = namedByText[`${name} ${parameter}`] ?? {};
    return entity ? [{ parameter, entity, use: 'use', beside, loose: true }] : [];
  });
}

/** Parameters that name a thing though CloudStack declares them as a text: the command itself looks whose it is. */
const namedByText: Readonly<Record<string, { readonly entity: Entity; readonly beside?: Values }>> = {
  'listAnnotations id': { entity: 'annotation' },
  'listAnnotations entityid': { entity: 'virtualmachine', beside: { entitytype: 'VM' } },
  'listAnnotations userid': { entity: 'user' },
  'listEvents resourceid': { entity: 'virtualmachine', beside: { resourcetype: 'VirtualMachine' } },
  'listAsyncJobs resourceid': { entity: 'virtualmachine', beside: { resourcetype: 'VirtualMachine' } },
  'queryAsyncJobResult resourceid': { entity: 'virtualmachine', beside: { resourcetype: 'VirtualMachine' } },
  'listTags resourceid': { entity: 'virtualmachine', beside: { resourcetype: 'UserVm' } },
  'listVolumes storageid': { entity: 'storagepool' },
  'deleteUserFromProject userid': { entity: 'user' },
  'updateProject userid': { entity: 'user' },
  'listProjectAccounts userid': { entity: 'user' },
  'updateProjectInvitation projectid': { entity: 'project' },
  'updateProjectInvitation userid': { entity: 'user' },
};
/** Texts that end as ids do and name nothing that is there, and why. */
const namesNothing: Readonly<Record<string, string>> = {
  'createAccount accountid': 'the id that the new account is to have',
  'createAccount userid': 'the id that its new user is to have',
  'createUser userid': 'the id that the new user is to have',
  'createDomain domainid': 'the id that the new domain is to have',
  'listNetworks vpcid': 'there are no VPCs',
  'createVolume snapshotid': 'there are no snapshots',
  'attachVolume deviceid': 'a number',
  'detachVolume deviceid': 'a number, of a machine that another parameter names',
};
/** Parameters that look like an id, and of which nobody has said what they name. */
export const unexplained = (): readonly string[] =>
  served
    .flatMap(({ name, declared }) =>
      Object.entries(declared.params).flatMap(([parameter, { spec }]) =>
        /ids?$/.test(parameter) && !spec.entity && !spec.entityBy && !spec.unused ? [`${name} ${parameter}`] : [],
      ),
    )
    .filter((one) => !(one in namedByText) && !(one in namesNothing));

const changed = ({ access }: AnyCommand, parameter: string): boolean =>
  'changes' in access && access.changes?.includes(parameter) === true;

/** Whether the person's role lets him call it, by the contract. */
export const permitted = ({ role, label }: Person, command: CommandName): boolean =>
  label.startsWith('custom') || mayCall({ role }, command);

/** A value for every parameter that a command needs; `thing` makes what one names. */
export async function needed(declared: AnyCommand, thing: (entity: Entity) => Promise<string>): Promise<Values> {
  const required = Object.entries(declared.params).filter(([, { spec }]) => spec.required);
  const pairs = await Promise.all(required.map(async ([parameter, { spec }]) => pairsOf(parameter, spec, thing)));
  return Object.fromEntries(pairs.flat());
}

type Pairs = readonly (readonly [string, string])[];
async function pairsOf(parameter: string, spec: ParameterSpec, thing: (entity: Entity) => Promise<string>): Promise<Pairs> {
  if (spec.entity) return [[parameter, await thing(spec.entity)]];
  if (spec.entityBy) return [[parameter, await thing(Object.values(spec.entityBy.kinds)[0]!)]];
  if (spec.kind === 'map' || spec.kind === 'maplist')
    return [
      [`${parameter}[0].key`, 'k'],
      [`${parameter}[0].value`, 'v'],
    ];
  return [[parameter, plain(spec)]];
}

function plain({ kind, oneOf, min, pattern }: ParameterSpec): string {
  if (oneOf) return oneOf[0]!;
  if (kind === 'uuid' || kind === 'uuidlist') return randomUUID();
  if (kind === 'boolean') return 'true';
  if (kind === 'date') return '2030-01-01';
  if (kind === 'integer' || kind === 'long') return String(Math.max(min ?? 1, 1));
  const text = `x${randomUUID().slice(0, 8)}`.padEnd(min ?? 0, 'x');
  if (pattern && !pattern.test(text)) throw new Error(`say in calls.ts what ${pattern.source} matches`);
  return text;
}

export type Answered = { readonly status: number; readonly text: string; readonly description: string };

/** A call, signed by somebody or by nobody. It goes to the API's front itself: what lies between that and the wire is the same for all, and has tests of its own. */
export async function ask(server: TestServer, keys: Keys | undefined, command: string, values: Values): Promise<Answered> {
  const unsigned = new URLSearchParams({ command, response: 'json', ...Object.fromEntries(entriesOf(values)) });
  const form = keys ? signedQuery(command, values, keys) : unsigned.toString();
  const sender = { peer: '127.0.0.1', headers: {} };
  const { status, body, headers } = await answerApi(server.cloud, { method: 'POST', query: '', form, cookies: {}, sender });
  return { status, text: body, description: String(headers['x-description']) };
}
const entriesOf = (values: Values): [string, string][] => Object.entries(values).map(([name, value]) => [name, String(value)]);

/** All of them, a few at a time. */
export async function each<T>(items: readonly T[], act: (item: T) => Promise<void>, width = 8): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of rest) await act(item);
    }),
  );
}
