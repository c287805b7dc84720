import type { AnyCommand, CommandName } from '@virtstack/contract';
import type { Values } from '../../http/testing.ts';
import type { Thing } from './things.ts';
import type { Person, World } from './world.ts';

/** What a list is asked for, and in words whose things those are. */
export type Asking = { readonly values: Values; readonly words: Whose };
export type Whose = {
  readonly listall?: true;
  readonly isrecursive?: true;
  /** By name, in the domain of that id. */
  readonly account?: { readonly name: string; readonly domainId: string };
  readonly domain?: { readonly id: string; readonly path: string };
  /** An id, or every project. */
  readonly project?: string;
  readonly ids?: readonly string[];
};

type Part = Asking;
const nothing: Part = { values: {}, words: {} };

/** Every combination of whose things are asked for, and beside some of them single things and words that are looked for. */
export function askings(world: World, name: CommandName, declared: AnyCommand, person: Person, some: readonly Thing[]): Asking[] {
  const has = (parameter: string): boolean => parameter in declared.params;
  const flags = (word: 'listall' | 'isrecursive'): readonly Part[] =>
    has(word) ? [nothing, { values: { [word]: true }, words: { [word]: true } }] : [nothing];
  const owners = whose(world, person, has);
  const wide = product(flags('listall'), owners);
  // it is about domains; beside anything else once
  const recursive = product(flags('isrecursive').slice(1), flags('listall'), owners.filter(isOfDomains));
  const beside = product(flags('isrecursive').slice(1), owners.filter((owner) => !isOfDomains(owner)).slice(-1));
  const narrow = product(flags('listall'), owners.slice(0, 2), [...single(declared, some), ...searched(has, some)]);
  const words = [...product(flags('listall'), chosen(declared)), ...product(owners.slice(1, 2), chosen(declared))];
  return [...wide, ...recursive, ...beside, ...narrow, ...words].map(({ values, words }) => ({
    values: { ...sayable[name], ...values },
    words,
  }));
}

/** Nothing at all is about the caller's. */
const isOfDomains = ({ words: { account, project } }: Part): boolean => account === undefined && project === undefined;

const product = (...dimensions: readonly (readonly Part[])[]): readonly Part[] =>
  dimensions.reduce((all, parts) =>
    all.flatMap((one) =>
      parts.map(({ values, words }) => ({ values: { ...one.values, ...values }, words: { ...one.words, ...words } })),
    ),
  );

function whose({ people, places }: World, person: Person, has: (parameter: string) => boolean): readonly Part[] {
  const { neighbour, nephew, stranger, uncle } = people;
  const accounts = [person, neighbour, nephew, stranger].map(({ account, domainId }) => ({
    values: { account, domainid: domainId },
    words: { account: { name: account, domainId } },
  }));
  const domains = [person, nephew, uncle, stranger].map(({ domainId, path }) => ({
    values: { domainid: domainId },
    words: { domain: { id: domainId, path } },
  }));
  const projects = [...places.flatMap(({ projectId }) => projectId ?? []), '-1'].map((project) => ({
    values: { projectid: project },
    words: { project },
  }));
  return [
    nothing,
    ...(has('account') ? accounts : []),
    ...(has('domainid') ? domains : []),
    ...(has('projectid') ? projects : []),
  ];
}

/** By id, one or several. */
const single = ({ params }: AnyCommand, some: readonly Thing[]): readonly Part[] =>
  (['id', 'ids'] as const).flatMap((parameter) =>
    some
      .filter(({ entity }) => params[parameter]?.spec.entity === entity)
      .map(({ id }) => ({ values: { [parameter]: id }, words: { ids: [id] } })),
  );

const searched = (has: (parameter: string) => boolean, some: readonly Thing[]): readonly Part[] =>
  has('keyword')
    ? ['q', ...some.slice(1, 2).map(({ name }) => name)].map((keyword) => ({ values: { keyword }, words: { ids: [keyword] } }))
    : [];

/** Every word of parameters that take one of several. */
const chosen = ({ params }: AnyCommand): readonly Part[] =>
  Object.entries(params).flatMap(([parameter, { spec }]) =>
    (spec.oneOf ?? []).map((word) => ({ values: { [parameter]: word }, words: { ids: [] } })),
  );

/** Without it templates are not listed, nor jobs that have ended. */
const sayable: Partial<Readonly<Record<CommandName, Values>>> = {
  listTemplates: { templatefilter: 'executable' },
  listAsyncJobs: { startdate: '2020-01-01' },
};
