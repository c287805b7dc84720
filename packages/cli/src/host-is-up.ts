import type { ApiClient } from './api-client.ts';

/** Whether a host of this cloud (this one, or any) is up: one that was just added is a moment later. */
export const hostIsUp = async (api: ApiClient, id?: string): Promise<boolean> =>
  (await api.list('listHosts', { type: 'Routing', ...(id && { id }) })).some((host) => host.state === 'Up');
