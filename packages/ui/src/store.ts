/** A value that parts of the page share and follow. */
export type Store<T> = {
  readonly get: () => T;
  readonly set: (next: T) => void;
  readonly subscribe: (listener: () => void) => () => void;
};

export const store = <T>(initial: T): Store<T> => {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** A store that outlives the page (localStorage) and follows other tabs. */
export const persisted = <T>(key: string, initial: T): Store<T> => {
  const read = (text: string | null): T => {
    if (text === null) return initial;
    try {
      return JSON.parse(text) as T;
    } catch {
      return initial; // written by something else: start anew
    }
  };
  const inner = store(read(localStorage.getItem(key)));
  addEventListener('storage', (event) => {
    if (event.key === key || event.key === null) inner.set(read(localStorage.getItem(key)));
  });
  return {
    ...inner,
    set: (next) => {
      localStorage.setItem(key, JSON.stringify(next));
      inner.set(next);
    },
  };
};
