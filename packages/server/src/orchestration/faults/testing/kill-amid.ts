import assert from 'node:assert/strict';
import { until } from '../../testing/until.ts';
import type { Fate, HeldAt } from './held-journal.ts';
import { type HeldOrders, holdOrders, type OrderFate } from './held-orders.ts';
import type { Prepare, Ready } from './killed-actions.ts';
import type { KilledWorld } from './killed-world.ts';
import { unsound } from './unsound.ts';

/** Where all actions are when the server is killed, and what becomes of what was under way. */
export type Blow =
  | { readonly journal: HeldAt; readonly fate: Fate }
  /** The first, second … order of each action. */
  | { readonly order: number; readonly fate: OrderFate };

const longMs = 60_000;

/**
 * Asks for all actions at once, kills the server when each is at the place named or has ended, starts it anew, and asserts that each is done as if nothing
 * had been, and that nothing is left.
 */
export async function killAmid(world: KilledWorld, actions: Readonly<Record<string, Prepare>>, blow: Blow): Promise<void> {
  const ready: Ready[] = [];
  for (const prepare of Object.values(actions)) ready.push(await prepare(world));
  const [{ number: before } = { number: 0 }] = await world.db
    .selectFrom('job')
    .select('number')
    .orderBy('number', 'desc')
    .limit(1)
    .execute();
  const orders = 'order' in blow ? holdOrders(world, ready, blow.order, blow.fate) : undefined;
  if ('journal' in blow) await world.journal.holdAt(blow.journal);
  const refused: string[] = [];
  // The answer that comes with the job's end is lost with the server.
  for (const { command, values } of ready)
    void world.ask(command, values).then(
      ({ errortext }) => errortext && refused.push(`${command}: ${errortext}`),
      () => {},
    );
  await until(async () => (await jobsSince(world, before)).length === ready.length, 'all jobs', longMs).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}: ${refused.join('; ')}`);
    },
  );
  await until(async () => allAre(world, before, blow, orders), 'all at their places', longMs).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(await jobsSince(world, before))}`);
  });
  await world.kill();
  orders?.endOfServer();
  if ('journal' in blow) await world.journal.release(blow.fate);
  await world.start();
  const open = async () => (await jobsSince(world, before)).filter(({ status }) => status === 0);
  await until(async () => (await open()).length === 0, 'the end of all jobs', longMs).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(await open())}`);
  });
  orders?.arriveLate();
  const ended = await jobsSince(world, before);
  assert.deepEqual(
    ended.filter(({ status }) => status !== 1),
    [],
    'jobs that did not end well',
  );
  // What was seen last, not what a host that comes in just then is seen as.
  let wrong: string[] = [];
  const inOrder = async (): Promise<boolean> => {
    wrong = await unsound(world);
    return wrong.length === 0;
  };
  await until(inOrder, 'all in order', 20_000).catch(() => {});
  assert.deepEqual(wrong, []);
}

type Job = {
  readonly saga: string;
  readonly status: number;
  readonly state: Record<string, unknown>;
  readonly error_text: string | null;
};

const jobsSince = ({ db }: KilledWorld, before: number): Promise<Job[]> =>
  db.selectFrom('job').select(['saga', 'status', 'state', 'error_text']).where('number', '>', before).orderBy('number').execute();

/** Each job is held, or has ended. Where the very first write is held, the jobs behind it wait for that. */
async function allAre(world: KilledWorld, before: number, blow: Blow, orders: HeldOrders | undefined): Promise<boolean> {
  const open = (await jobsSince(world, before)).filter(({ status }) => status === 0).length;
  if (orders) return orders.actions === open;
  const held = await world.journal.count();
  return 'journal' in blow && blow.journal === 0 ? held > 0 : held === open;
}
