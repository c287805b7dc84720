import type { Ready } from './killed-actions.ts';
import { type KilledWorld, watchTwins } from './killed-world.ts';

/** What becomes of an order that is held when its server is killed: nobody hears it; it is done, and nobody hears of that; it is done long after. */
export type OrderFate = 'dropped' | 'done' | 'late';

export type HeldOrders = {
  /** How many actions have an order that is held. */
  readonly actions: number;
  /** From now on nothing is held. */
  endOfServer(): void;
  /** Those that are late arrive. */
  arriveLate(): void;
};

/** Holds the nth order of each action at the hosts and at the image store. */
export function holdOrders(world: KilledWorld, ready: readonly Ready[], nth: number, fate: OrderFate): HeldOrders {
  const seen = new Map<Ready, number>();
  const held = new Set<Ready>();
  const [ended, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let over = false;
  const hold = async (text: string): Promise<void> => {
    const action = over ? undefined : await actionOf(world, ready, text);
    if (!action) return;
    const count = (seen.get(action) ?? 0) + 1;
    seen.set(action, count);
    if (count !== nth) return;
    held.add(action);
    await ended.promise;
    if (fate === 'dropped') throw new Error('nobody heard it');
    if (fate === 'late') await late.promise;
  };
  const places = [...world.hosts.map(({ id, host }) => ({ id, at: host })), { id: '', at: world.store }];
  const hosts = world.hosts.map(({ host }) => host);
  for (const { id, at } of places) {
    const watch = world.hosts.find(({ host }) => host === at);
    const twins = watch && watchTwins(watch.host, hosts, world.twins as string[]);
    const text = (method: string, params: unknown): string => `${id} ${method} ${JSON.stringify(params)}`;
    at.gate =
      fate === 'done' ? undefined : (method, params) => (isOrder(method) ? hold(text(method, params)) : Promise.resolve());
    at.acted = async (method, params) => {
      await twins?.(method, params);
      if (fate === 'done' && isOrder(method)) await hold(text(method, params));
    };
  }
  return {
    get actions() {
      return held.size;
    },
    endOfServer() {
      over = true;
      ended.resolve();
    },
    arriveLate: () => late.resolve(),
  };
}

/** A network's document is about all of its guests. */
const isOrder = (method: string): boolean => !['host/report', 'network/apply', 'pool/prepare', 'store/capacity'].includes(method);

/** Whose order it is: it names what the action is about, or what that has. */
async function actionOf({ db }: KilledWorld, ready: readonly Ready[], text: string): Promise<Ready | undefined> {
  // What is downloaded has its id from the answer.
  if (text.includes('store/download')) return ready.find(({ command }) => command === 'registerTemplate');
  for (const one of ready) {
    if (one.ids.length === 0) continue;
    const volumes = await db
      .selectFrom('volume as v')
      .innerJoin('virtual_machine as vm', 'vm.id', 'v.virtual_machine_id')
      .select('v.id')
      .where((eb) => eb.or([eb('vm.id', 'in', [...one.ids]), eb('vm.template_id', 'in', [...one.ids])]))
      .execute();
    if ([...one.ids, ...volumes.map(({ id }) => id)].some((id) => text.includes(id))) return one;
  }
  return undefined;
}
