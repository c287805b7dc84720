import { store } from '../store.ts';

/** Whether the last request found the server. */
export const reachable = store(true);

export const markReachable = (is: boolean): void => {
  if (reachable.get() !== is) reachable.set(is);
};
