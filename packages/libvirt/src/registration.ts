import type { EventMessage, Named, Procedure } from './procedure.ts';
import type { Session } from './session.ts';

type Callback = { readonly callbackID: number };

/** What to register for, and how the event looks when it comes. */
export type Registration<A, E extends Callback, T> = {
  readonly register: Named<Procedure<A, Callback>>;
  readonly args: A;
  readonly deregister: Named<Procedure<Callback, undefined>>;
  readonly message: Named<EventMessage<E>>;
  readonly map: (event: E) => T;
};

type Shared<T> = { readonly ready: Promise<void>; readonly takers: Set<(event: T) => void>; release(): Promise<void> };

/**
 * The registrations of one connection. A daemon refuses a second one for the same event and object ("event callback already tracked"), so
 * all who want the same share one: the first makes it, the last to leave takes it back.
 */
export const registrations = (session: Session) => {
  const shared = new Map<string, Shared<unknown>>();
  const leaving = new Map<string, Promise<void>>();
  return {
    /** Hands `taker` every event until `leave` is called. `ready` settles with the daemon's answer. */
    join<A, E extends Callback, T>(registration: Registration<A, E, T>, taker: (event: T) => void) {
      const key = JSON.stringify([registration.register.name, registration.args]);
      const found = shared.get(key) as Shared<T> | undefined;
      const mine = found ?? register(session, registration, leaving.get(key));
      if (!found) shared.set(key, mine as Shared<unknown>);
      mine.takers.add(taker);
      const leave = () => {
        if (!mine.takers.delete(taker) || mine.takers.size > 0) return;
        shared.delete(key);
        // The daemon's workers may overtake each other: whoever registers anew waits for this.
        leaving.set(key, mine.release());
      };
      return { ready: mine.ready, leave };
    },
  };
};

const register = <A, E extends Callback, T>(
  session: Session,
  { register, args, deregister, message, map }: Registration<A, E, T>,
  before: Promise<void> = Promise.resolve(),
): Shared<T> => {
  const takers = new Set<(event: T) => void>();
  // Events may stand in the same bytes as the reply that tells our callback's number.
  const early: E[] = [];
  let callbackID: number | undefined;
  const take = (event: E) => {
    if (callbackID === undefined) early.push(event);
    else if (event.callbackID === callbackID) for (const taker of [...takers]) taker(map(event));
  };
  const silence = session.listen(message, take);
  const ready = before.then(async () => {
    callbackID = (await session.call(register, args)).callbackID;
    for (const event of early.splice(0)) take(event);
  });
  const release = async () => {
    await ready.catch(() => undefined);
    silence();
    // Should it fail, the daemon goes on telling what nobody hears, until the connection ends.
    if (callbackID !== undefined && !session.endError) await session.call(deregister, { callbackID }).catch(() => undefined);
  };
  return { ready, takers, release };
};
