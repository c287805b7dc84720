import { useSyncExternalStore } from 'react';

/** Where the app is mounted; paths elsewhere in the app begin after it. */
export const base = '/client';

const moved = 'virtstack:moved';
const subscribe = (listener: () => void): (() => void) => {
  addEventListener('popstate', listener);
  addEventListener(moved, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(moved, listener);
  };
};
const here = (): string => location.pathname + location.search;

export const navigate = (to: string, how: 'push' | 'replace' = 'push'): void => {
  if (base + to === here()) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', base + to);
  dispatchEvent(new Event(moved));
};

export type Place = { readonly path: string; readonly query: URLSearchParams };
export const usePlace = (): Place => {
  const url = new URL(useSyncExternalStore(subscribe, here), location.origin);
  return { path: url.pathname.slice(base.length).replace(/\/+$/, '') || '/', query: url.searchParams };
};

/** Changes the query of the present address; an empty value is left out. */
export const setQuery = (changes: Readonly<Record<string, string>>, how: 'push' | 'replace' = 'replace'): void => {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
  const path = location.pathname.slice(base.length);
  navigate(query.size > 0 ? `${path}?${query}` : path, how);
};
