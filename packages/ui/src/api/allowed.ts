import type { CommandName } from '@virtstack/contract';
import { useMemo } from 'react';
import { useList } from './hooks.ts';

/** Tells which commands this user may call: what the server does not list has no button. */
export const useAllowed = (): ((name: CommandName) => boolean) => {
  const apis = useList('listApis', {}, { follow: false });
  const names = useMemo(() => new Set(apis.data?.items.map((api) => api.name)), [apis.data]);
  return (name) => names.has(name);
};
