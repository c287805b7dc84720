import { keepPreviousData, QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { CommandName } from '@virtstack/contract';
import { useStore } from '../use-store.ts';
import { call } from './client.ts';
import { ApiError } from './error.ts';
import { isOpen, session } from './session.ts';
import type { CallParams, Item, List, ListName, Reply } from './types.ts';

/** How often what is shown follows the server, in ms; nothing is asked while the tab is hidden. */
export const followMs = 2500;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays one; a lost server is asked again by the next poll.
      retry: (failures, error) => !(error instanceof ApiError) && failures < 1,
      staleTime: 1000,
      // A browser that thinks it is offline (its last interface but loopback went down) may still reach the server.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

const known = () => ({ userid: session.get()?.userid, open: isOpen(session.get()) });
let before = known();
/** What one user was shown is not for the next one, in whichever tab he logs in; whoever is let in again sees what is now. */
session.subscribe(() => {
  const now = known();
  if (now.userid !== before.userid) queries.clear();
  else if (now.open && !before.open) void queries.invalidateQueries();
  before = now;
});

type Options = { readonly follow?: boolean; readonly enabled?: boolean };

/** A read that follows the server; it rests while something is asked of the session, and what was shown stays. */
export const useCall = <N extends CommandName>(
  name: N,
  params: CallParams<N>,
  options: Options = {},
): UseQueryResult<Reply<N>> => {
  const now = useStore(session);
  return useQuery({
    queryKey: [name, params],
    queryFn: ({ signal }) => call(name, params, signal),
    enabled: (options.enabled ?? true) && isOpen(now),
    refetchInterval: options.follow === false ? false : followMs,
    placeholderData: keepPreviousData,
  });
};

/** A page of a list. */
export const useList = <N extends ListName>(
  name: N,
  params: CallParams<N>,
  options: Options = {},
): UseQueryResult<List<Item<N>>> => useCall(name, params, options) as UseQueryResult<List<Item<N>>>;
