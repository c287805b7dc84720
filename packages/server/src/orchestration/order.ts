import type { Method, ParamsOf, ResultOf } from '@virtstack/protocol';
import type { z } from 'zod';
import type { CallOptions } from '../hosts/agents.ts';
import { patiently } from './patiently.ts';
import type { Run } from './saga.ts';

/** For how long a job waits for an agent that went away. */
export const agentPatienceMs = 30_000;

/**
 * Has an agent do something, again when the connection was lost in between: orders are idempotent.
 * @throws {CloudError} `unavailable`: it stayed away, or took longer than `timeoutMs`; else its refusal.
 */
export const order = <M extends Method<z.ZodType, z.ZodType>>(
  run: Run,
  hostId: string,
  method: M,
  params: ParamsOf<M>,
  options: Omit<CallOptions, 'signal'> = {},
): Promise<ResultOf<M>> =>
  patiently(run, agentPatienceMs, () => run.agents.call(hostId, method, params, { ...options, signal: run.signal }));
