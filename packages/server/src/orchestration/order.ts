import type { Method, ParamsOf, ResultOf } from '@virtstack/protocol';
import type { z } from 'zod';
import { CloudError } from '../error.ts';
import type { CallOptions } from '../hosts/agents.ts';
import { refusalKind } from '../hosts/links.ts';
import type { Run } from './saga.ts';

/** For how long a job waits for an agent that went away: it may be restarting, or this server may have. */
const patienceMs = 30_000;

/**
 * Has an agent do something, again when the connection was lost in between (orders are idempotent).
 * @throws {CloudError} `unavailable`: it stayed away, or took longer than `timeoutMs`; else its refusal.
 */
export async function order<M extends Method<z.ZodType, z.ZodType>>(
  run: Run,
  hostId: string,
  method: M,
  params: ParamsOf<M>,
  options: Omit<CallOptions, 'signal'> = {},
): Promise<ResultOf<M>> {
  const giveUp = Date.now() + patienceMs;
  for (;;) {
    try {
      return await run.agents.call(hostId, method, params, { ...options, signal: run.signal });
    } catch (error) {
      run.signal.throwIfAborted();
      const away = error instanceof CloudError && error.kind === 'unavailable' && refusalKind(error) !== 'timeout';
      if (!away || Date.now() > giveUp) throw error;
    }
  }
}
