import { type Method, Peer, PeerError } from '@virtstack/protocol';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { joinSockets } from '../../http/join-sockets.ts';
import type { Identity } from '../identity.ts';
import type { Links } from '../links.ts';
import type { Lobby } from '../lobby.ts';
import type { Streams } from '../streams.ts';
import { passedOn } from './agents-anywhere.ts';
import { neighbourMethods, notHere } from './methods.ts';

/** What of this server the others may use. */
export type Here = {
  readonly links: readonly Links[];
  readonly hosts: Links;
  readonly lobby: Lobby;
  readonly streams: Streams;
  /** The connections of other servers, and the numbers of the certificates that they showed. */
  readonly callers: Map<WebSocket, string>;
};

/** Orders of one other server that are under way at the same time. */
const most = 1000;
const streamMs = 15_000;

/** Does what another server asks, by connections of this one alone: nothing is passed on twice. */
export function answerNeighbour({ links, hosts, lobby, callers }: Here, socket: WebSocket, { serial }: Identity): void {
  callers.set(socket, serial);
  socket.once('close', () => callers.delete(socket));
  const peer = new Peer(socket);
  let underWay = 0;
  const heldHere = (id: string) => links.find((one) => one.has(id))?.peer(id);
  peer.handle(neighbourMethods.order, async ({ whom, method, params, timeoutMs }, { signal, progress }) => {
    const known = passedOn.get(method);
    if (!known) throw new PeerError('unknown-method', `This server does not know ${method}: it is older than the one that asks.`);
    const there = heldHere(whom);
    if (!there) throw new PeerError(notHere, `${whom} is not connected to this server.`);
    if (underWay >= most) throw new PeerError('unavailable', `${most} orders of another server are under way at this one.`);
    underWay++;
    try {
      const limit = timeoutMs === undefined ? {} : { timeoutMs };
      return { answer: await there.call(asItComes(known), params, { signal, onProgress: progress, ...limit }) };
    } finally {
      underWay--;
    }
  });
  peer.handle(neighbourMethods.holds, async ({ whom }) => ({ held: whom.filter((id) => heldHere(id) !== undefined) }));
  peer.handle(neighbourMethods.disconnect, async ({ hostId }) => {
    await hosts.end(hostId, 'this host was asked to connect anew');
    return {};
  });
  peer.handle(neighbourMethods.cameHere, async (came) => {
    const twin = await lobby.wentElsewhere(came);
    return { ...(twin !== undefined && { twin }) };
  });
  peer.listen();
}

/** Whoever asked checks the answer. */
const asItComes = ({ name, params }: Method<z.ZodType, z.ZodType>) => ({ name, params, result: z.unknown() });

/** Joins another server with a stream that an agent opens here. */
export async function joinNeighbour({ streams }: Here, socket: WebSocket, id: string): Promise<void> {
  socket.pause();
  try {
    joinSockets(socket, await streams.take(id, streamMs));
  } catch {
    socket.resume();
    socket.close(1013, 'the host did not open this stream');
  }
}
