import { CloudError } from '../error.ts';

/** Lets `running` of them run at once and `waiting` of them wait. @throws {CloudError} `too-many-requests`: the queue is full. */
export function limited(running: number, waiting: number): <T>(act: () => Promise<T>) => Promise<T> {
  let active = 0;
  const queue: (() => void)[] = [];
  return async (act) => {
    if (active >= running) {
      if (queue.length >= waiting)
        throw new CloudError('too-many-requests', 'Too many requests of this kind at once. Try again in a moment.');
      await new Promise<void>((resolve) => queue.push(resolve));
    } else active++;
    try {
      return await act();
    } finally {
      const next = queue.shift();
      if (next) next();
      else active--;
    }
  };
}
