import type { Duplex } from 'node:stream';
import type { Named, Procedure } from './procedure.ts';
import type { CallOptions, Session } from './session.ts';

/** What a handle needs of its connection. */
export type Caller = {
  readonly session: Session;
  call<A, R>(procedure: Named<Procedure<A, R>>, args: A, options?: CallOptions): Promise<R>;
  openStream<A>(procedure: Named<Procedure<A>>, args: A, options?: CallOptions): Promise<Duplex>;
};
