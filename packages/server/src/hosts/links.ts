import { EventEmitter, once } from 'node:events';
import { type Method, type ParamsOf, type Peer, PeerError, type ResultOf } from '@virtstack/protocol';
import type { z } from 'zod';
import type { CallOptions } from './agents.ts';
import { agentRefusals, meantBy, type Refusals } from './refusals.ts';

/** The conversations that are open, by the id of who is at the other end. */
export class Links {
  readonly #peers = new Map<string, Peer>();
  readonly #arrivals = new EventEmitter().setMaxListeners(0);
  readonly refusals: Refusals;
  readonly words: (id: string) => string;

  /** `words` names who is missing, for admins. */
  constructor(refusals: Refusals, words: (id: string) => string) {
    this.refusals = refusals;
    this.words = words;
  }

  hold(id: string, peer: Peer): void {
    this.#peers.set(id, peer);
    this.#arrivals.emit(id);
  }

  /** Forgets this conversation; a newer one with the same end stays. */
  drop(id: string, peer: Peer): void {
    if (this.#peers.get(id) === peer) this.#peers.delete(id);
  }

  /** Closes the conversation of now, if there is one; done when it is closed. */
  async end(id: string, reason: string): Promise<void> {
    const peer = this.#peers.get(id);
    if (!peer || peer.closed) return;
    const closed = new Promise<void>((resolve) => peer.onClose(resolve));
    this.drop(id, peer);
    peer.close(4000, reason);
    await closed;
  }

  has(id: string): boolean {
    return this.#peers.get(id)?.closed === false;
  }

  get ids(): readonly string[] {
    return [...this.#peers.keys()];
  }

  /** Whoever is connected now. */
  peer(id: string): Peer | undefined {
    return this.has(id) ? this.#peers.get(id) : undefined;
  }

  /** Waits until somebody of that id comes, or the time is over. @throws whatever the signal is aborted with. */
  async arrival(id: string, ms: number, signal?: AbortSignal): Promise<void> {
    const limit = AbortSignal.timeout(ms);
    await once(this.#arrivals, id, { signal: signal ? AbortSignal.any([signal, limit]) : limit }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
}

/** @throws {CloudError} `unavailable`: it went away, or did not answer in time; else what the refusal means. */
export async function callPeer<M extends Method<z.ZodType, z.ZodType>>(
  peer: Peer,
  method: M,
  params: ParamsOf<M>,
  options: CallOptions = {},
  refusals: Refusals = agentRefusals,
): Promise<ResultOf<M>> {
  try {
    return await peer.call(method, params, options);
  } catch (error) {
    throw error instanceof PeerError ? meantBy(refusals, error) : error;
  }
}
