import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type AnyCommand, type CommandName, type Entity, entities } from '@virtstack/contract';
import type { Content, Values } from '../http/testing.ts';
import { type Asking, askings, type Whose } from './testing/asking.ts';
import { ask, each, needed, permitted, served } from './testing/calls.ts';
import { isNobodys, mayName, mayReadOf, placesOf } from './testing/oracle.ts';
import { type Thing, type Things, thingsOf } from './testing/things.ts';
import { makeWorld, type Person, type PersonName, type Place, type World } from './testing/world.ts';

/** Every list, as everybody, asked in every way: whatever stands in the answer, at whatever depth, is the caller's to see. */
let world: World;
let things: Things;
let club: Place;
before(async () => {
  world = await makeWorld();
  things = thingsOf(world);
  club = world.places.find(({ label }) => label === 'club')!;
  for (const entity of Object.keys(entities) as Entity[])
    for (const place of placesOf(entity, world)) await things.standing(entity, place);
  await share();
});

/** What is for everybody to use. Of a network nobody is told whose it is; with a template the name of who made it is. */
const shared = new Set<Thing>();
async function share(): Promise<void> {
  const { db } = world.server.cloud;
  const template = await things.fresh('template', world.people.neighbour);
  await db.updateTable('template').set({ is_public: true }).where('id', '=', template.id).execute();
  const network = await things.fresh('network', world.people.root);
  await db.updateTable('network').set({ acl_type: 'Domain' }).where('id', '=', network.id).execute();
  shared.add(template).add(network);
}

const callers: readonly PersonName[] = [
  ...(['domainAdmin', 'user', 'custom', 'customAdmin', 'member', 'projectAdmin', 'restricted', 'left', 'nephew'] as const),
];
const lists = served.filter(({ declared }) => declared.kind === 'list' || 'shows' in declared.access);

const maySee = (person: Person, thing: Thing): boolean => shared.has(thing) || maySeeOwned(person, thing);
const maySeeOwned = (person: Person, { entity, place }: Thing): boolean =>
  mayName(person, entity, place, 'use', club.projectId!) || mayReadOf(person, entity, place);

const idForm = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const markForm = /q[0-9a-f]{10}q/g;
const marks = new Map<string, Thing>();
const ids = new Map<string, Thing>();
/** What of the fixture a text tells of that its reader may not see; what he asked for himself says nothing. */
function leaked(person: Person, text: string, asked: string): readonly string[] {
  for (const thing of things.all.slice(ids.size)) {
    ids.set(thing.id, thing);
    marks.set(thing.name.match(markForm)?.at(-1) ?? thing.id, thing);
  }
  const told = (form: RegExp, of: ReadonlyMap<string, Thing>): string[] =>
    [...new Set(text.match(form))]
      .filter((word) => !asked.includes(word))
      .flatMap((word) => of.get(word) ?? [])
      .filter((thing) => !maySee(person, thing))
      .map(({ entity, place, name }) => `${entity} of ${place.label} (${name})`);
  return [...told(idForm, ids), ...told(markForm, marks)];
}

type Listed = { readonly name: CommandName; readonly declared: AnyCommand; readonly person: Person };

async function required({ declared, person }: Listed): Promise<Values> {
  const place = (entity: Entity): Place =>
    isNobodys(entity) ? world.people.root : /^project/.test(entity) && person.inClub ? club : person;
  return needed(declared, async (entity) => (await things.standing(entity, place(entity))).id);
}

/** One thing of the caller's and one of somebody else's, of the kind that the list shows. */
async function some({ declared, person }: Listed): Promise<readonly Thing[]> {
  const entity = 'shows' in declared.access ? declared.access.shows : undefined;
  if (!entity) return [];
  if (isNobodys(entity)) return [await things.standing(entity, world.people.root)];
  return Promise.all([person, world.people.neighbour].map((place) => things.standing(entity, place)));
}

async function wrongIn(listed: Listed, { values, words }: Asking): Promise<readonly string[]> {
  const { name, declared, person } = listed;
  const asked = { ...(await required(listed)), ...values };
  const { text } = await ask(world.server, person.keys, name, asked);
  const known = JSON.stringify(asked) + (name === 'listTemplates' ? world.people.neighbour.account : '');
  const who = `${person.label}: ${name} ${JSON.stringify(values)}`;
  const content = Object.values(JSON.parse(text) as Record<string, Content>)[0]!;
  const items = (content[declared.listKey ?? declared.response.key] ?? []) as readonly object[];
  return [
    ...leaked(person, text, known).map((what) => `${who} tells of ${what}`),
    ...((content.count ?? 0) !== items.length ? [`${who} counts ${content.count} and shows ${items.length}`] : []),
    ...(content.errorcode === undefined ? unlike(listed, words, text).map((what) => `${who} ${what}`) : []),
    ...(content.errorcode === 530 ? [`${who}: a fault of ours`] : []),
  ];
}

/** Lists of owned things that show others than their scope alone would, and why; what they must not show is looked at all the same. */
const otherwise: Readonly<Record<string, string>> = {
  listTemplates: 'what its filter says',
  listAnnotations: 'what is on a thing',
  listProjectInvitations: 'those of the caller, or to a project',
};

/** What an owned thing's list shows too much or too little, by what CloudStack's parameters mean. */
function unlike({ name, declared, person }: Listed, words: Whose, text: string): readonly string[] {
  const entity = 'shows' in declared.access ? declared.access.shows : undefined;
  if (!entity || !['owner', 'asker'].includes(entities[entity].ownership) || name in otherwise || words.ids) return [];
  const shown = new Set(text.match(markForm));
  return things.all
    .filter((thing) => thing.entity === entity)
    .filter(
      (thing) =>
        shown.has(thing.name.match(markForm)!.at(-1)!) !==
        (shared.has(thing) || (maySee(person, thing) && isAskedFor(person, words, thing))),
    )
    .map((thing) => `is wrong about ${entity} of ${thing.place.label}`);
}

/** One's own, with listall everything; or what is an account's, a domain's or a project's. What projects own is shown where it is asked for alone. */
function isAskedFor(
  person: Person,
  { listall, isrecursive, account, domain, project }: Whose,
  { place, entity }: Thing,
): boolean {
  // jobs of the fixture about a project are an admin's: of no account or domain that the callers could name
  if (entity === 'job' && place.projectId !== null) return listall === true && !account && !(domain && person.role !== 'User');
  if (project === undefined && place.projectId !== null) return false;
  if (project !== undefined && project !== '-1' && place.projectId !== project) return false;
  if (project === '-1' && !listall && place.projectId === null) return false;
  if (account) return place.account === account.name && place.domainId === account.domainId;
  if (domain && person.role !== 'User') return isrecursive ? place.path.startsWith(domain.path) : place.domainId === domain.id;
  return listall === true || project !== undefined || place.accountId === person.accountId;
}

describe('nothing of somebody else’s appears', () => {
  for (const { name, declared } of lists)
    test(`in ${name}`, async () => {
      const found: string[] = [];
      for (const person of callers.map((label) => world.people[label]).filter((one) => permitted(one, name))) {
        const listed = { name, declared, person };
        const all = askings(world, name, declared, person, await some(listed));
        await each(all, async (asking) => void found.push(...(await wrongIn(listed, asking))));
      }
      assert.deepEqual([...new Set(found)], []);
    });
});

test('an answer that tells of somebody else would be noticed', () => {
  const { user, neighbour, root } = world.people;
  const of = (entity: Entity, place: Place): Thing => things.all.find((one) => one.entity === entity && one.place === place)!;
  for (const thing of [of('volume', neighbour), of('host', root), of('account', neighbour)]) {
    assert.equal(leaked(user, `{"x":["${thing.id}"]}`, '').length, 1);
    assert.equal(leaked(user, `{"x":["${thing.id}"]}`, thing.id).length, 0, 'he said it himself');
  }
  assert.equal(leaked(user, `a ${of('virtualmachine', neighbour).name} b`, '').length, 1);
  assert.deepEqual(leaked(user, `a ${of('virtualmachine', user).name} b`, ''), []);
});
