import { randomBytes, randomUUID } from 'node:crypto';
import type { RoleType } from '@virtstack/contract';
import { type ApiKeys, replaceApiKeys } from '../../accounts/api-keys.ts';
import { seedId } from '../../db/seed.ts';
import { type TestServer, withServer } from '../../http/testing.ts';

/** Where a thing of the fixture is: whose it is. */
export type Place = {
  readonly label: string;
  readonly accountId: string;
  readonly account: string;
  readonly userId: string;
  readonly domainId: string;
  /** `/` for ROOT. */
  readonly path: string;
  readonly projectId: string | null;
};

/** Somebody who calls, and what he is; what he has is in the place of the same label. */
export type Person = Place & {
  readonly role: RoleType;
  readonly keys: ApiKeys;
  /** What he is in the project `club`. */
  readonly inClub: 'Admin' | 'Regular' | 'restricted' | 'left' | undefined;
};

/** A domain tree with somebody of every role in it, two projects and nothing else yet. */
export type World = {
  readonly server: TestServer;
  readonly people: Readonly<Record<PersonName, Person>>;
  /** Those who own things, people and projects alike. */
  readonly places: readonly Place[];
  /** Ids of accounts, domains, users and projects, and what they are called. */
  readonly standing: Standing[];
};
export type Standing = {
  readonly entity: 'account' | 'domain' | 'user' | 'project';
  readonly id: string;
  readonly name: string;
} & {
  readonly place: Place;
};

/** A word that is nowhere else: found in an answer, it says of what the answer tells. */
export const marked = (word: string): string => `${word}-q${randomBytes(5).toString('hex')}q`;

const domains = { root: '/', a: '/a/', ab: '/a/b/', c: '/c/' } as const;
type DomainName = keyof typeof domains;
type Sketch = {
  readonly role: RoleType;
  readonly domain: DomainName;
  readonly inClub?: Person['inClub'];
  readonly customRole?: true;
};

/** Everybody is named for what he is to the user in a: his neighbour, an uncle in the domain above, a nephew in the one below, a stranger elsewhere. */
const sketches = {
  root: { role: 'Admin', domain: 'root' },
  resourceAdmin: { role: 'ResourceAdmin', domain: 'a' },
  domainAdmin: { role: 'DomainAdmin', domain: 'a' },
  user: { role: 'User', domain: 'a' },
  custom: { role: 'User', domain: 'a', customRole: true },
  customAdmin: { role: 'DomainAdmin', domain: 'a', customRole: true },
  member: { role: 'User', domain: 'a', inClub: 'Regular' },
  projectAdmin: { role: 'User', domain: 'a', inClub: 'Admin' },
  restricted: { role: 'User', domain: 'a', inClub: 'restricted' },
  left: { role: 'User', domain: 'a', inClub: 'left' },
  neighbour: { role: 'User', domain: 'a' },
  uncle: { role: 'User', domain: 'root' },
  nephew: { role: 'User', domain: 'ab' },
  stranger: { role: 'User', domain: 'c' },
} as const satisfies Record<string, Sketch>;
export type PersonName = keyof typeof sketches;

/** A server with these domains, people and projects. */
export async function makeWorld(): Promise<World> {
  const server = await withServer();
  const standing: Standing[] = [];
  const note = (entity: Standing['entity'], id: string, name: string, place: Place): void =>
    void standing.push({ entity, id, name, place });
  const tree = await makeDomains(server);
  const roleId = await makeAllowingRoles(server);
  const people: Partial<Record<PersonName, Person>> = {};
  for (const [label, sketch] of Object.entries(sketches) as [PersonName, Sketch][]) {
    const person = await makePerson(server, label, sketch, tree[sketch.domain], roleId);
    people[label] = person;
    note('account', person.accountId, person.account, person);
    note('user', person.userId, person.account, person);
  }
  const everybody = people as Record<PersonName, Person>;
  for (const [name, { id, path }] of Object.entries(tree))
    if (name !== 'root') note('domain', id, path.split('/').at(-2)!, { ...everybody.uncle, domainId: id, path, label: name });
  const club = await makeProject(server, 'club', everybody.projectAdmin);
  const far = await makeProject(server, 'far', everybody.stranger);
  for (const project of [club, far]) note('project', project.projectId!, project.account, project);
  for (const person of Object.values(everybody)) if (person.inClub) await join(server, club, person);
  return { server, people: everybody, places: [...Object.values(everybody), club, far], standing };
}

type Tree = Readonly<Record<DomainName, { readonly id: string; readonly path: string }>>;

async function makeDomains({ cloud: { db } }: TestServer): Promise<Tree> {
  const tree: Record<string, { id: string; path: string }> = { root: { id: seedId('domain', 'ROOT'), path: '/' } };
  for (const [label, parent] of [
    ['a', 'root'],
    ['ab', 'a'],
    ['c', 'root'],
  ] as const) {
    const [id, name, above] = [randomUUID(), marked(label), tree[parent]!];
    const path = `${above.path}${name}/`;
    await db
      .insertInto('domain')
      .values({ id, parent_id: above.id, name, path, level: path.split('/').length - 2 })
      .execute();
    tree[label] = { id, path };
  }
  return tree as Tree;
}

/** Roles that may call everything, so that nothing but whose a thing is stands in the way. */
async function makeAllowingRoles({ cloud: { db } }: TestServer): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const role_type of ['User', 'DomainAdmin']) {
    const id = randomUUID();
    await db
      .insertInto('role')
      .values({ id, name: `Anything as ${role_type}`, role_type })
      .execute();
    await db
      .insertInto('role_permission')
      .values({ id: randomUUID(), role_id: id, rule: '*', permission: 'allow', sort_order: 0 })
      .execute();
    ids[role_type] = id;
  }
  return ids;
}

async function makePerson(
  { cloud: { db, secrets } }: TestServer,
  label: string,
  { role, inClub, customRole }: Sketch,
  domain: Tree[DomainName],
  roleIds: Record<string, string>,
): Promise<Person> {
  const [accountId, userId, account] = [randomUUID(), randomUUID(), marked(label)];
  const role_id = customRole ? roleIds[role]! : null;
  await db
    .insertInto('account')
    .values({ id: accountId, domain_id: domain.id, name: account, role_type: role, role_id })
    .execute();
  const words = { username: account, firstname: 'F', lastname: 'L', email: 'e@example.org', password_hash: 'none' };
  await db
    .insertInto('users')
    .values({ id: userId, account_id: accountId, ...words })
    .execute();
  const keys = await replaceApiKeys(db, secrets, userId);
  const place = { label, accountId, account, userId, domainId: domain.id, path: domain.path, projectId: null };
  return { ...place, role, inClub, keys };
}

/** A project in somebody's domain; he is no member. */
async function makeProject({ cloud: { db } }: TestServer, label: string, { domainId, path, userId }: Place): Promise<Place> {
  const [accountId, projectId, account] = [randomUUID(), randomUUID(), marked(label)];
  await db.insertInto('account').values({ id: accountId, domain_id: domainId, name: account, role_type: 'Project' }).execute();
  const row = { id: projectId, domain_id: domainId, account_id: accountId, name: account, display_text: account };
  await db.insertInto('project').values(row).execute();
  return { label, accountId, account, userId, domainId, path, projectId };
}

async function join({ cloud: { db } }: TestServer, { projectId }: Place, { accountId, inClub }: Person): Promise<void> {
  const project_id = projectId!;
  const role = inClub === 'Admin' ? 'Admin' : 'Regular';
  const project_role_id = inClub === 'restricted' ? randomUUID() : null;
  if (project_role_id) {
    await db.insertInto('project_role').values({ id: project_role_id, project_id, name: 'nothing' }).execute();
    const rule = { id: randomUUID(), project_id, project_role_id, rule: '*', permission: 'deny', sort_order: 0 };
    await db.insertInto('project_role_permission').values(rule).execute();
  }
  const row = { id: randomUUID(), project_id, account_id: accountId, role, project_role_id };
  await db.insertInto('project_member').values(row).execute();
  if (inClub === 'left') await db.deleteFrom('project_member').where('id', '=', row.id).execute();
}
