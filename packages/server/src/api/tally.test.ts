import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type AnyCommand, type CommandName, commands } from '@virtstack/contract';
import { callAs, itemsIn, type Values } from '../http/testing.ts';
import { askings } from './testing/asking.ts';
import { each, permitted } from './testing/calls.ts';
import { placesOf } from './testing/oracle.ts';
import { thingsOf } from './testing/things.ts';
import { makeWorld, type Person, type World } from './testing/world.ts';

/** Lists that tell from a tally how many there are, where more is there than they show. */
const lists = {
  listAccounts: 'account',
  listNetworks: 'network',
  listVirtualMachines: 'virtualmachine',
  listVolumes: 'volume',
  listHosts: 'host',
} as const satisfies Partial<Record<CommandName, string>>;

let world: World;
before(async () => {
  world = await makeWorld();
  const things = thingsOf(world);
  const { db } = world.server.cloud;
  for (const entity of Object.values(lists)) {
    for (const place of placesOf(entity, world)) {
      await things.standing(entity, place);
      if (entity !== 'account') await things.fresh(entity, place);
    }
    if (entity !== 'account') await things.removed(entity, world.people.user);
  }
  const shared = await things.fresh('network', world.people.root);
  await db.updateTable('network').set({ acl_type: 'Domain' }).where('id', '=', shared.id).execute();
});

/** What is counted where one is shown, beside what is shown where all are. */
async function difference(person: Person, name: keyof typeof lists, values: Values): Promise<string | undefined> {
  const ask = (page: Values) => callAs(world.server, person.keys, name, { ...values, ...page });
  const all = await ask({});
  if (all.errorcode !== undefined) return undefined;
  const there = itemsIn(name, all).length;
  const counted = await Promise.all([1, 2].map(async (page) => (await ask({ page, pagesize: 1 })).count ?? 0));
  compared++;
  several += Number(there > 2);
  return counted.every((count) => count === there)
    ? undefined
    : `${person.label}: ${name} ${JSON.stringify(values)}: ${counted} of ${there}`;
}
let [compared, several] = [0, 0];

for (const name of Object.keys(lists) as (keyof typeof lists)[])
  test(`${name} counts what it would show, whoever asks and however`, async () => {
    const declared: AnyCommand = commands[name];
    const { root, domainAdmin, user, member } = world.people;
    const wrong: string[] = [];
    for (const person of [root, domainAdmin, user, member].filter((one) => permitted(one, name)))
      await each(askings(world, name, declared, person, []), async ({ values }) => {
        const found = await difference(person, name, values);
        if (found) wrong.push(found);
      });
    assert.deepEqual(wrong, []);
  });

test('there were many of which several things were told', () =>
  assert.ok(compared > 100 && several > 50, `${several} of ${compared}`));
