import type { Database } from './database.ts';

/** How many are asked for at once. */
const most = 200;

type Waiting<K, V> = { readonly key: K; readonly resolve: (value: V) => void; readonly reject: (reason: unknown) => void };

/**
 * A question to the database about one thing, which a crowd asks at the same time about many: who asks while it is being answered goes along in the next
 * one. `ask` answers in the order of the keys; the answer is of a time after the asking. What the database refuses is asked again one by one, so that
 * nobody is refused for another's sake: `ask` must bear being repeated.
 */
export function gathered<K, V>(
  ask: (db: Database, keys: readonly K[]) => Promise<readonly V[]>,
): (db: Database, key: K) => Promise<V> {
  const queues = new WeakMap<Database, (key: K) => Promise<V>>();
  return (db, key) => {
    const known = queues.get(db);
    const queue = known ?? queueFor((keys: readonly K[]) => ask(db, keys));
    if (!known) queues.set(db, queue);
    return queue(key);
  };
}

function queueFor<K, V>(ask: (keys: readonly K[]) => Promise<readonly V[]>): (key: K) => Promise<V> {
  const waiting: Waiting<K, V>[] = [];
  let busy = false;
  const answer = async (some: readonly Waiting<K, V>[]): Promise<void> => {
    try {
      const values = await ask(some.map(({ key }) => key));
      for (const [n, { resolve }] of some.entries()) resolve(values[n]!);
    } catch (error) {
      if (some.length === 1) return some[0]!.reject(error);
      for (const one of some) await answer([one]);
    }
  };
  const work = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) await answer(waiting.splice(0, most));
    busy = false;
  };
  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (!busy) void work();
    });
}

/** Rows by the key that each belongs to, in the order of the keys; of a key without rows none. */
export function rowsByKey<R>(keys: readonly string[], rows: readonly R[], keyOf: (row: R) => string): R[][] {
  const byKey = Map.groupBy(rows, keyOf);
  return keys.map((key) => byKey.get(key) ?? []);
}
