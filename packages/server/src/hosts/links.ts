import { EventEmitter, once } from 'node:events';
import { type Method, type ParamsOf, type Peer, PeerError, type ResultOf } from '@virtstack/protocol';
import type { z } from 'zod';
import { CloudError, type ErrorKind } from '../error.ts';
import type { CallOptions } from './agents.ts';

/** How long a call waits for an agent that is not connected at the moment: it may be coming back. */
const patienceMs = 5000;

/** The conversations that are open, by the id of who is at the other end. */
export class Links {
  readonly #peers = new Map<string, Peer>();
  readonly #arrivals = new EventEmitter().setMaxListeners(0);
  readonly #words: (id: string) => string;

  /** `words` names who is missing, for the user. */
  constructor(words: (id: string) => string) {
    this.#words = words;
  }

  hold(id: string, peer: Peer): void {
    this.#peers.set(id, peer);
    this.#arrivals.emit(id);
  }

  /** Forgets this conversation; a newer one with the same end stays. */
  drop(id: string, peer: Peer): void {
    if (this.#peers.get(id) === peer) this.#peers.delete(id);
  }

  has(id: string): boolean {
    return this.#peers.get(id)?.closed === false;
  }

  get ids(): readonly string[] {
    return [...this.#peers.keys()];
  }

  /** @throws {CloudError} `unavailable`: nobody there, or no answer; else the refusal in its own words. */
  async call<M extends Method<z.ZodType, z.ZodType>>(
    id: string,
    method: M,
    params: ParamsOf<M>,
    options: CallOptions = {},
  ): Promise<ResultOf<M>> {
    return callPeer(await this.#reach(id, options), method, params, options);
  }

  async #reach(id: string, { signal, timeoutMs = patienceMs }: CallOptions): Promise<Peer> {
    const limit = AbortSignal.timeout(Math.min(timeoutMs, patienceMs));
    while (!this.has(id)) {
      try {
        await once(this.#arrivals, id, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
      } catch {
        signal?.throwIfAborted();
        throw new CloudError('unavailable', this.#words(id));
      }
    }
    return this.#peers.get(id)!;
  }
}

/** @throws {CloudError} as `Links.call`. */
export async function callPeer<M extends Method<z.ZodType, z.ZodType>>(
  peer: Peer,
  method: M,
  params: ParamsOf<M>,
  options: CallOptions = {},
): Promise<ResultOf<M>> {
  try {
    return await peer.call(method, params, options);
  } catch (error) {
    throw error instanceof PeerError ? asCloudError(error) : error;
  }
}

const lost = new Set(['disconnected', 'timeout', 'aborted']);
const kinds: Record<string, ErrorKind> = {
  'disk-full': 'capacity',
  'in-use': 'in-use',
  conflict: 'conflict',
  foreign: 'conflict',
  'stale-epoch': 'conflict',
  unavailable: 'unavailable',
};

/** The other side's refusal as an error of ours; `detail.kind` keeps its word. */
const asCloudError = (error: PeerError): CloudError =>
  new CloudError(lost.has(error.kind) ? 'unavailable' : (kinds[error.kind] ?? 'internal'), error.message, {
    cause: error,
    detail: { kind: error.kind, detail: error.detail },
  });

/** The word by which an agent or an image store refused; undefined where the error is none of theirs. */
export function refusalKind(error: unknown): string | undefined {
  if (!(error instanceof CloudError)) return undefined;
  const { detail } = error;
  return typeof detail === 'object' && detail !== null && 'kind' in detail && typeof detail.kind === 'string'
    ? detail.kind
    : undefined;
}
