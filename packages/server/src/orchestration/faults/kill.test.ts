import { before, test } from 'node:test';
import { type Blow, killAmid } from './testing/kill-amid.ts';
import { machineActions, otherActions } from './testing/killed-actions.ts';
import { type KilledWorld, killedWorld } from './testing/killed-world.ts';

let world: KilledWorld;
before(async () => {
  world = await killedWorld();
});

const writes = [0, 1, 2, 3, 4, 5, 6, 'end'] as const;
/** With `VIRTSTACK_FAULTS=all` every write and every order is lost and kept; else each one or the other, in turn. */
const all = process.env.VIRTSTACK_FAULTS === 'all';
const blows: readonly Blow[] = [
  ...writes.flatMap((journal, index): Blow[] => {
    const both: Blow[] = [
      { journal, fate: 'lost' },
      { journal, fate: 'kept' },
    ];
    return all ? both : [both[index % 2]!];
  }),
  ...[1, 2, 3].flatMap((order): Blow[] => {
    const each: Blow[] = [
      { order, fate: 'dropped' },
      { order, fate: 'done' },
      { order, fate: 'late' },
    ];
    return all ? each : [each[order - 1]!];
  }),
];
const words = (blow: Blow): string =>
  'order' in blow
    ? `at order ${blow.order}, which is ${blow.fate}`
    : `at write ${blow.journal} of their journals, which is ${blow.fate}`;

for (const [what, actions] of Object.entries({ machines: machineActions, 'all else': otherActions }))
  for (const blow of blows)
    test(`a server that is killed ${words(blow)}, amid the actions on ${what}, ends each of them when it is back, and nothing is left`, async () => {
      await killAmid(world, actions, blow);
    });
