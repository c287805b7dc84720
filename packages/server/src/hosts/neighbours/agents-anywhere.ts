import { agentMethods, imageStoreMethods, type Method, type ParamsOf, PeerError, type ResultOf } from '@virtstack/protocol';
import type { z } from 'zod';
import type { Agents, CallOptions } from '../agents.ts';
import { callPeer, type Links } from '../links.ts';
import { meantBy, nobodyThere, type Refusals } from '../refusals.ts';
import type { Streams } from '../streams.ts';
import { neighbourMethods, notHere, unreachable } from './methods.ts';
import type { Neighbour, Neighbours } from './neighbours.ts';

/** How long a call waits for somebody who is not connected at the moment: he may be coming back. */
const patienceMs = 5000;
/** How often it is looked whether somebody who is not here has come to another server. */
const lookMs = 500;
const askMs = 5000;

type Where = {
  readonly links: Links;
  readonly neighbours: Neighbours;
  /** The other servers that may have him. */
  readonly elsewhere: (id: string) => Promise<readonly Neighbour[]>;
  /** A stream that an order has had opened at another server comes here. */
  readonly streams?: Streams;
};

/** The hosts' agents, wherever they are connected. */
export function agentsAnywhere(links: Links, neighbours: Neighbours, streams: Streams): Agents {
  const elsewhere = async (id: string) => [(await neighbours.holderOf(id)) ?? []].flat();
  const where: Where = { links, neighbours, elsewhere, streams };
  return {
    call: (hostId, method, params, options) => callAnywhere(where, hostId, method, params, options),
    connected: async (hostId) => links.has(hostId) || (await isElsewhere(where, hostId)),
    disconnect: async (hostId) => {
      if (links.has(hostId)) return links.end(hostId, 'this host was asked to connect anew');
      for (const there of await elsewhere(hostId))
        await asked(links.refusals, neighbours.call(there, neighbourMethods.disconnect, { hostId }, { timeoutMs: askMs }));
    },
    stream: (id, timeoutMs) => streams.take(id, timeoutMs),
  };
}

/** An image store, wherever its process is connected. */
export function storesAnywhere(links: Links, neighbours: Neighbours) {
  const where: Where = { links, neighbours, elsewhere: () => neighbours.all() };
  return <M extends Method<z.ZodType, z.ZodType>>(
    id: string,
    method: M,
    params: ParamsOf<M>,
    options?: CallOptions,
  ): Promise<ResultOf<M>> => callAnywhere(where, id, method, params, options);
}

/** All that one server has another's agent or image store do. */
export const passedOn: ReadonlyMap<string, Method<z.ZodType, z.ZodType>> = new Map(
  [...Object.values(agentMethods), ...Object.values(imageStoreMethods)].map((method) => [method.name, method]),
);

/** Asks whoever is meant, here or there; where he is nowhere, for a while again. @throws {CloudError} as `Agents.call`. */
async function callAnywhere<M extends Method<z.ZodType, z.ZodType>>(
  where: Where,
  id: string,
  method: M,
  params: ParamsOf<M>,
  options: CallOptions = {},
): Promise<ResultOf<M>> {
  const { links } = where;
  for (const giveUp = Date.now() + Math.min(options.timeoutMs ?? patienceMs, patienceMs); ; ) {
    const peer = links.peer(id);
    if (peer) return callPeer(peer, method, params, options, links.refusals);
    const answer = await passOn(where, id, method, params, options);
    if (answer) return method.result.parse(answer.answer) as ResultOf<M>;
    const left = giveUp - Date.now();
    if (left <= 0) throw nobodyThere(links.refusals, links.words(id));
    await links.arrival(id, Math.min(left, lookMs), options.signal);
  }
}

/** Nothing, where he is at no other server either. */
async function passOn<M extends Method<z.ZodType, z.ZodType>>(
  { links, neighbours, elsewhere, streams }: Where,
  whom: string,
  { name }: M,
  params: ParamsOf<M>,
  options: CallOptions,
): Promise<{ readonly answer: unknown } | undefined> {
  const { timeoutMs } = options;
  for (const there of await elsewhere(whom)) {
    const order = { whom, method: name, params, ...(timeoutMs !== undefined && { timeoutMs }) };
    try {
      const answer = await neighbours.call(there, neighbourMethods.order, order, options);
      const { stream } = params as { stream?: unknown };
      if (streams && typeof stream === 'string') streams.arrived(stream, await neighbours.stream(there, stream));
      return { answer: answer.answer };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof PeerError)) throw error;
      if (!isNotHere(error)) throw meantBy(links.refusals, error);
    }
  }
  return undefined;
}

const isNotHere = ({ kind }: PeerError): boolean => kind === notHere || kind === unreachable;

async function isElsewhere({ elsewhere, neighbours }: Where, id: string): Promise<boolean> {
  for (const there of await elsewhere(id)) {
    const { held } = await neighbours
      .call(there, neighbourMethods.holds, { whom: [id] }, { timeoutMs: askMs })
      .catch(() => ({ held: [] as string[] }));
    if (held.includes(id)) return true;
  }
  return false;
}

/** @throws {CloudError} */
async function asked<T>(refusals: Refusals, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof PeerError ? meantBy(refusals, error) : error;
  }
}
