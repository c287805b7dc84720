import type { ApiClient } from './api-client.ts';

/** Whether a host of this cloud is up: one that was just added is a moment later. */
export const hostIsUp = async (api: ApiClient): Promise<boolean> =>
  (await api.list('listHosts', { type: 'Routing' })).some((host) => host.state === 'Up');
