import type { Duplex } from 'node:stream';
import { agentMethods, PeerError } from '@virtstack/protocol';
import { createWebSocketStream } from 'ws';
import { isActive } from '../guests/state.ts';
import type { Host } from '../host.ts';
import { openSocket } from '../uplink.ts';
import { action } from './action.ts';

export const openConsole = action(agentMethods.openConsole, async (host, { uuid, stream }) => {
  const { state, name, ours } = await host.guests.ask(uuid);
  if (!isActive(state)) throw new PeerError('invalid-state', `The guest ${name || uuid} is ${state}: it has no console.`);
  if (!ours) throw new PeerError('foreign', `The domain ${name} was not made by this cloud; its console is not opened.`);
  void host.consoles.enter(uuid, await openFarEnd(host, stream));
  return {};
});

const openFarEnd = async (host: Host, stream: string): Promise<Duplex> => {
  const url = new URL(`/streams/${stream}`, host.config.server).href;
  try {
    return createWebSocketStream(await openSocket(url, await host.tls(), host.stop), { allowHalfOpen: false });
  } catch (error) {
    throw new PeerError('unavailable', `The server did not take the console: ${(error as Error).message}`);
  }
};
