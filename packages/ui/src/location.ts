import { useSyncExternalStore } from 'react';

/** Where the app is mounted; paths elsewhere in the app begin after it. */
export const base = '/client';

/** What of an address goes with the user from page to page: the project that he is in. */
const carried = 'project';

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

/** The address of a page of the app, in the project of the present one unless `to` says otherwise (`?project=` is none). */
export const addressOf = (to: string): string => {
  const { pathname, searchParams: query, hash } = new URL(base + to, location.origin);
  const kept = new URLSearchParams(location.search).get(carried);
  if (kept && !query.has(carried)) query.set(carried, kept);
  if (!query.get(carried)) query.delete(carried);
  return pathname + (query.size > 0 ? `?${query}` : '') + hash;
};

export const navigate = (to: string, how: 'push' | 'replace' = 'push'): void => {
  const address = addressOf(to);
  if (address === here()) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', address);
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
