import type { Method, ParamsOf, ParsedParamsOf, Peer, Progress } from '@virtstack/protocol';
import type { z } from 'zod';
import type { Host } from '../host.ts';
import { asRefusal } from '../refusal.ts';

export type ActionContext = { readonly signal: AbortSignal; progress(p: Progress): void };

type Handler<M extends Method<z.ZodType, z.ZodType>> = (
  host: Host,
  params: ParsedParamsOf<M>,
  context: ActionContext,
) => Promise<ParamsOf<{ params: M['result'] }>>;

/** One of the things that a server may ask for: which, and what is done. */
export type Action = { readonly name: string; answer(peer: Peer, host: Host): void };

/** Joins a method with what it does; failures are logged, and answered as refusals. */
export const action = <M extends Method<z.ZodType, z.ZodType>>(
  method: M,
  handler: Handler<M>,
  /** The agent and libvirt are not started anew while it is under way, as far as that can wait. */
  { waitedFor = true } = {},
): Action => ({
  name: method.name,
  answer: (peer, host) =>
    peer.handle(method, async (params, context) => {
      const started = performance.now();
      const log = host.log.child({ action: method.name, ...subject(params) });
      try {
        const work = () => handler(host, params, context);
        const result = await (waitedFor ? host.orders.during(work) : work());
        log.info({ ms: Math.round(performance.now() - started) }, 'done');
        return result;
      } catch (error) {
        const refusal = asRefusal(error);
        log.warn({ kind: refusal.kind, error: refusal.message, detail: refusal.detail }, 'refused');
        throw refusal;
      }
    }),
});

/** What the log may tell of the parameters: never a seed, a password, a URL. */
const subject = (params: unknown): Record<string, unknown> => {
  const { id, uuid, epoch, guest } = params as Record<string, unknown> & { guest?: { uuid: string } };
  return { id: id ?? uuid ?? guest?.uuid, epoch };
};

/**
 * Runs a change of one object: none beside it, none of an older epoch after it.
 * @throws {PeerError} `stale-epoch`: a newer order was there before it, or came while it ran
 */
export const change = async <T>(
  host: Host,
  id: string,
  epoch: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  await host.epochs.accept(id, epoch);
  return host.turns.take(id, epoch, signal, (signal) => {
    host.epochs.check(id, epoch);
    return act(signal);
  });
};
