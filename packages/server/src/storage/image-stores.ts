import type { Method, ParamsOf, ResultOf } from '@virtstack/protocol';
import type { z } from 'zod';
import type { CallOptions } from '../hosts/agents.ts';

/** The connection to whoever keeps the image stores (a process beside the server, later a system VM). */
export type ImageStores = {
  /** @throws {CloudError} `unavailable`: nobody is connected; else the refusal in its own words. */
  call<M extends Method<z.ZodType, z.ZodType>>(method: M, params: ParamsOf<M>, options?: CallOptions): Promise<ResultOf<M>>;
};
