import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import type { AnyCommand, CommandName, Entity } from '@virtstack/contract';
import type { Values } from '../http/testing.ts';
import { type Answered, ask, each, type Naming, naming, needed, permitted, served, unexplained } from './testing/calls.ts';
import { areFellows, isNobodys, mayName, oneOfEach, placesOf } from './testing/oracle.ts';
import { type Thing, type Things, thingsOf } from './testing/things.ts';
import { makeWorld, type Person, type PersonName, type Place, type World } from './testing/world.ts';

/**
 * Every command, as everybody, with everything that is not his in every parameter that names something: the answer is that for an id that names nothing.
 */
let world: World;
let things: Things;
let club: string;
before(async () => {
  world = await makeWorld();
  things = thingsOf(world);
  club = clubPlace().projectId!;
});

const callers: readonly PersonName[] = [
  ...(['root', 'resourceAdmin', 'domainAdmin', 'user', 'custom', 'customAdmin'] as const),
  ...(['member', 'projectAdmin', 'restricted', 'left'] as const),
];

type Asked = { readonly name: CommandName; readonly declared: AnyCommand; readonly naming: Naming; readonly person: Person };
type Use = Naming['use'];
const may = (person: Person, entity: Entity, place: Place, use: Use): boolean => mayName(person, entity, place, use, club);
/** Where the person's own thing of that kind is; what nobody owns is in one place. */
const ownPlace = (entity: Entity, person: Person): Place => (isNobodys(entity) ? world.people.root : person);

/** Whether all that the command needs beside that parameter can be the caller's: else he gets no answer about it. */
const reaches = (person: Person, name: CommandName, declared: AnyCommand, { parameter }: Naming): boolean =>
  naming(name, declared)
    .filter((one) => one.parameter !== parameter && !one.loose && declared.params[one.parameter]!.spec.required)
    .every(({ entity, use }) => may(person, entity, placeOf(entity, person), use));
/** A member's project is the club. */
const placeOf = (entity: Entity, person: Person): Place =>
  /^project/.test(entity) && person.inClub ? clubPlace() : ownPlace(entity, person);
const clubPlace = (): Place => world.places.find(({ label }) => label === 'club')!;

/** Things of that kind that the person may not name so, one of each place, and one that is no more. */
async function foreign({ person, naming: { entity, use, loose } }: Asked): Promise<readonly Thing[]> {
  // where the command itself looks whose it is, he may have been invited to it, or know a member
  const known = (place: Place): boolean => loose === true && (place === person || areFellows(person, place));
  const hidden = placesOf(entity, world).filter((place) => !may(person, entity, place, use) && !known(place));
  const told = hidden.filter((place) => !(entity === 'project' && place.projectId === club && isIn(person)));
  const standing = await Promise.all(oneOfEach(person, told).map((place) => things.standing(entity, place)));
  return [...standing, await gone(entity, ownPlace(entity, person))];
}
/** A member knows that there is the project: what his role in it does not permit is told to him as that. */
const isIn = ({ inClub }: Person): boolean => inClub !== undefined && inClub !== 'left';
const removed = new Map<string, Promise<Thing>>();
const gone = (entity: Entity, place: Place): Promise<Thing> => {
  const key = `${entity} ${place.label}`;
  if (!removed.has(key)) removed.set(key, things.removed(entity, place));
  return removed.get(key)!;
};

/** What was answered, the id that was asked for left out. */
const told = ({ status, text, description }: Answered, id: string): string =>
  `${status} ${text} ${description}`.replaceAll(id, 'ID');

/** What is answered where the parameter names that; where it can name several, beside one of the caller's own. */
async function asker({ name, declared, person, naming: one }: Asked): Promise<(id: string) => Promise<string>> {
  const own = async (entity: Entity): Promise<string> => (await things.standing(entity, placeOf(entity, person))).id;
  const values: Values = { ...(await needed(declared, own)), ...one.beside };
  const { parameter, entity, use } = one;
  const several = /list/.test(declared.params[parameter]!.spec.kind) && may(person, entity, placeOf(entity, person), use);
  const before = several ? `${await own(entity)},` : '';
  return async (id) => told(await ask(world.server, person.keys, name, { ...values, [parameter]: before + id }), id);
}

const refusal = /^431 .*ID due to incorrect long value format, or entity does not exist/s;

/** What does not answer as an id that names nothing. */
async function leaks(asked: Asked): Promise<string[]> {
  const { name, naming: one, person } = asked;
  const answer = await asker(asked);
  const nothing = await answer(randomUUID());
  const who = `${person.label}: ${name} ${one.parameter}`;
  if (!one.loose && !refusal.test(nothing)) return [`${who}: an id that names nothing is answered ${nothing}`];
  const found: string[] = [];
  for (const { id, place, entity } of await foreign(asked)) {
    const answered = await answer(id);
    if (answered !== nothing) found.push(`${who}: ${entity} of ${place.label}: ${answered}, not ${nothing}`);
  }
  const knows = one.entity === 'project' && !one.loose && isIn(person);
  if (knows && !may(person, 'project', clubPlace(), one.use) && !notHisRole.test(await answer(club)))
    found.push(`${who}: a member without that right is not refused: ${await answer(club)}`);
  return found;
}
const notHisRole = /^531 .*Your role in the project ID does not permit/;

const named = (name: CommandName, declared: AnyCommand): readonly Naming[] => naming(name, declared);

test('every parameter that looks like an id names a kind of thing, or it is said that it names nothing', () => {
  assert.deepEqual(unexplained(), []);
});

describe('what is not his is answered as what does not exist', () => {
  for (const { name, declared } of served) {
    const parameters = named(name, declared);
    if (parameters.length === 0) continue;
    test(`in ${name}`, async () => {
      const asked = callers
        .map((label) => world.people[label])
        .filter((person) => permitted(person, name))
        .flatMap((person) => parameters.map((one) => ({ name, declared, naming: one, person })))
        .filter(({ person, naming: one }) => reaches(person, name, declared, one));
      const found: string[] = [];
      await each(asked, async (one) => void found.push(...(await leaks(one))));
      assert.deepEqual(found, []);
    });
  }
});

test('a network that is not his is answered as one that does not exist where a machine’s addresses are named', async () => {
  const [name, declared] = ['deployVirtualMachine', served.find((one) => one.name === 'deployVirtualMachine')!.declared] as const;
  for (const person of [world.people.user, world.people.domainAdmin, world.people.member]) {
    const own = async (entity: Entity): Promise<string> => (await things.standing(entity, placeOf(entity, person))).id;
    // an address that none of the networks has: what is the caller's own is refused for that, and nothing is made
    const outside = { 'iptonetworklist[0].ip': '192.0.2.1' };
    const rest = { ...(await needed(declared, own)), ...outside, templateid: await own('template') };
    const answer = async (id: string) =>
      told(await ask(world.server, person.keys, name, { ...rest, 'iptonetworklist[0].networkid': id }), id);
    const nothing = await answer(randomUUID());
    assert.match(nothing, /^431 .*ID/);
    for (const place of world.places.filter((one) => !may(person, 'network', one, 'use')))
      assert.equal(await answer((await things.standing('network', place)).id), nothing);
    assert.match(await answer(await own('network')), /^431 .*192\.0\.2\.1/);
  }
});

describe('an account that is not his to see is answered as a name that nobody has', () => {
  for (const { name, declared } of served) {
    if (!declared.params.account || 'changes' in declared.access) continue;
    test(`in ${name}`, async () => {
      const found: string[] = [];
      const people = callers.map((label) => world.people[label]).filter((person) => permitted(person, name));
      await each(people, async (person) => void found.push(...(await accountLeaks(name, declared, person))));
      assert.deepEqual(found, []);
    });
  }
});

async function accountLeaks(name: CommandName, declared: AnyCommand, person: Person): Promise<string[]> {
  const rest = await needed(declared, async (entity) => (await things.standing(entity, placeOf(entity, person))).id);
  const found: string[] = [];
  for (const beside of [{}, { domainid: person.domainId }]) {
    const answer = async (account: string) =>
      told(await ask(world.server, person.keys, name, { ...rest, ...beside, account }), account);
    const nothing = await answer(`nobody-${randomUUID()}`);
    const hidden = world.places.filter((one) => !may(person, 'account', one, 'use') && !isKnown(person, one, name));
    for (const place of oneOfEach(person, hidden)) {
      const answered = await answer(place.account);
      if (answered !== nothing) found.push(`${person.label}: ${name}: ${place.label}: ${answered}, not ${nothing}`);
    }
  }
  return found;
}

/** Members of a project know each other, and its admin whom he invited. */
const isKnown = (person: Person, place: Place, name: CommandName): boolean =>
  areFellows(person, place) ||
  (name === 'listProjectInvitations' && person.inClub === 'Admin' && place === world.people.neighbour);

describe('who may not call', () => {
  const unknowns = new Map<Person, Promise<string>>();
  /** What somebody is told of a command that does not exist. */
  const ofNone = (person: Person): Promise<string> => {
    const asking = async () => told(await ask(world.server, person.keys, 'makeCoffee', { name: 'x' }), 'makeCoffee');
    if (!unknowns.has(person)) unknowns.set(person, asking());
    return unknowns.get(person)!;
  };

  test('is told what he would be told of a command that does not exist', async () => {
    const found: string[] = [];
    const pairs = callers.flatMap((label) =>
      served.map(({ name, declared }) => ({ person: world.people[label], name, declared })),
    );
    await each(
      pairs.filter(({ person, name }) => !permitted(person, name)),
      async ({ person, name, declared }) => {
        const rest = await needed(declared, async (entity) => (await things.standing(entity, ownPlace(entity, person))).id);
        const answered = told(await ask(world.server, person.keys, name, rest), name);
        const unknown = await ofNone(person);
        if (answered !== unknown) found.push(`${person.label}: ${name}: ${answered}, not ${unknown}`);
      },
    );
    assert.deepEqual(found, []);
  });

  test('because he is not logged in, or no more, gets one answer to every command', async () => {
    const { left } = world.people;
    const barred = await barredKeys();
    const found: string[] = [];
    for (const { name, declared } of served.filter((one) => !one.declared.anonymous))
      for (const keys of [undefined, ...barred]) {
        const rest = await needed(declared, async (entity) => (await things.standing(entity, ownPlace(entity, left))).id);
        const { status, text } = await ask(world.server, keys, name, rest);
        if (status !== 401 || !text.includes('unable to verify user credentials')) found.push(`${name}: ${status} ${text}`);
      }
    assert.deepEqual(found, []);
  });
});

/** Keys of a user who is disabled, of one whose account is, and of one who was removed. */
async function barredKeys() {
  const { db, secrets } = world.server.cloud;
  const { replaceApiKeys } = await import('../accounts/api-keys.ts');
  const people = [];
  for (const state of ['user', 'account', 'removed'] as const) {
    const account = await things.fresh('account', world.people.user);
    const place = { ...world.people.user, accountId: account.id, account: account.name };
    const { id } = await things.fresh('user', place);
    people.push(await replaceApiKeys(db, secrets, id));
    if (state === 'account') await db.updateTable('account').set({ state: 'disabled' }).where('id', '=', account.id).execute();
    const off = state === 'user' ? { state: 'disabled' } : { removed: new Date() };
    if (state !== 'account') await db.updateTable('users').set(off).where('id', '=', id).execute();
  }
  return people;
}

/** The last, for it changes things: what is the caller's own is not refused so, or all that stands above would prove nothing. */
describe('what is his own is not answered so', () => {
  const candidates: readonly PersonName[] = ['user', 'domainAdmin', 'root'];
  for (const { name, declared } of served)
    for (const one of named(name, declared).filter(({ loose }) => !loose))
      test(`as ${one.parameter} of ${name}${Object.values(one.beside).map((word) => ` for ${word}`)}`, async () => {
        const person = candidates
          .map((label) => world.people[label])
          .filter((someone) => permitted(someone, name))
          .find((someone) => [one, ...required(name, declared)].every(({ entity, use }) => ownable(someone, entity, use)))!;
        assert.ok(person, 'nobody may name such a thing');
        const own = async (entity: Entity): Promise<string> => {
          const stands = entity === 'domain' && person.role === 'User';
          return (await (stands ? things.standing : things.fresh)(entity, ownPlace(entity, person))).id;
        };
        const rest = await needed(declared, own);
        const id = await own(one.entity);
        const values: Values = { ...rest, ...one.beside, [one.parameter]: id };
        const answered = told(await ask(world.server, person.keys, name, values), id);
        assert.doesNotMatch(answered, refusal);
        assert.doesNotMatch(answered, /^5(0|1|2|30)/, 'a fault of ours');
      });
});

const required = (name: CommandName, declared: AnyCommand): readonly Naming[] =>
  named(name, declared).filter(({ parameter, loose }) => !loose && declared.params[parameter]!.spec.required);
/** Whether somebody can have a new one of that kind to himself. */
const ownable = (person: Person, entity: Entity, use: Use): boolean =>
  may(person, entity, ownPlace(entity, person), use) &&
  !(person.role === 'User' && (entity === 'account' || /^project/.test(entity) || (entity === 'domain' && use === 'change')));
