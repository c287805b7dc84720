import { call } from '../api/client.ts';

/** The server's WebSocket, at the place from which this page came. */
const socket = (path: string, token: string): string =>
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/${path.replace(/^\//, '')}?ticket=${encodeURIComponent(token)}`;

/** Where a console page's own ticket is redeemed; createConsoleEndpoint names the same path. */
export const consolePath = 'client/console/socket';

export const ticketAddress = (ticket: string): string => socket(consolePath, ticket);

/** Asks for a console; throws the server's reason when there is none. */
export const freshAddress = async (virtualmachineid: string): Promise<string> => {
  const { websocket, details } = await call('createConsoleEndpoint', { virtualmachineid });
  if (!websocket?.token) throw new Error(details ?? '');
  return socket(websocket.path ?? consolePath, websocket.token);
};
