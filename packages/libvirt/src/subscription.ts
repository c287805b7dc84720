import { VIR_ERR_INTERNAL_ERROR } from './constants/errors.ts';
import { LibvirtError } from './error.ts';
import type { Session } from './session.ts';

/** Events that wait to be taken, per subscription, before the subscription fails with origin `overflow`. */
export const EVENT_BUFFER = 4096;

export type SubscriptionOptions = {
  /** Ends the iteration quietly. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Events as they come. Ends quietly when its signal fires, when the loop is left or the connection closed here; throws a LibvirtError when the
 * connection breaks, when the daemon refuses, and (origin `overflow`) when 4096 events wait: then some are lost, and whoever keeps a picture
 * of the host must look anew.
 */
export type Subscription<E> = AsyncIterableIterator<E, undefined> &
  AsyncDisposable & {
    /** The daemon has registered us: what happens from now on will be heard. */
    readonly ready: Promise<void>;
  };

/** Registers with the daemon, at once, and hands on what it tells. */
export const subscribe = <T>(
  session: Session,
  join: (taker: (event: T) => void) => { readonly ready: Promise<void>; leave(): void },
  { signal }: SubscriptionOptions = {},
): Subscription<T> => {
  const buffer = eventBuffer<T>();
  const { ready, leave } = join((event) => buffer.push(event));
  const stop = (error?: LibvirtError) => {
    signal?.removeEventListener('abort', aborted);
    leave();
    buffer.end(error);
  };
  const aborted = () => stop();
  buffer.overflown.then(() => stop());
  ready.catch(stop);
  session.ended.then(stop);
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted) stop();

  return {
    ready,
    next: () => buffer.next(),
    async return() {
      stop();
      return { done: true, value: undefined };
    },
    async [Symbol.asyncDispose]() {
      stop();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};

const overflow = (): LibvirtError =>
  new LibvirtError('overflow', `more than ${EVENT_BUFFER} events waited to be taken; some are lost`, {
    code: VIR_ERR_INTERNAL_ERROR,
  });

/** What has come and was not yet taken; or who waits for what is to come. */
const eventBuffer = <T>() => {
  const waiting: PromiseWithResolvers<IteratorResult<T, undefined>>[] = [];
  let events: T[] = [];
  const overflown = Promise.withResolvers<void>();
  let over = false;
  let error: LibvirtError | undefined;

  const last = (): Promise<IteratorResult<T, undefined>> => {
    const failed = error;
    error = undefined;
    return failed ? Promise.reject(failed) : Promise.resolve({ done: true, value: undefined });
  };
  const end = (reason?: LibvirtError) => {
    if (over) return;
    over = true;
    error = reason;
    for (const each of waiting.splice(0)) each.resolve(last());
  };
  return {
    end,
    overflown: overflown.promise,
    push: (event: T) => {
      if (over) return;
      const taker = waiting.shift();
      if (taker) return taker.resolve({ done: false, value: event });
      events.push(event);
      if (events.length <= EVENT_BUFFER) return;
      events = [];
      end(overflow());
      overflown.resolve();
    },
    next: (): Promise<IteratorResult<T, undefined>> => {
      const event = events.shift();
      if (event !== undefined) return Promise.resolve({ done: false, value: event });
      if (over) return last();
      const taker = Promise.withResolvers<IteratorResult<T, undefined>>();
      waiting.push(taker);
      return taker.promise;
    },
  };
};
