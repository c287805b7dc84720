import type { Method, ParamsOf, Progress, ResultOf } from '@virtstack/protocol';
import type { WebSocket } from 'ws';
import type { z } from 'zod';

export type CallOptions = {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly onProgress?: (progress: Progress) => void;
};

/** The connections to the hosts' agents. */
export type Agents = {
  /** @throws {CloudError} `unavailable`: no agent of that host is connected, or it did not answer; else the agent's own refusal in its words. */
  call<M extends Method<z.ZodType, z.ZodType>>(
    hostId: string,
    method: M,
    params: ParamsOf<M>,
    options?: CallOptions,
  ): Promise<ResultOf<M>>;
  connected(hostId: string): boolean;
  /** Ends the conversation with a host's agent, which begins another; done when it has ended. */
  disconnect(hostId: string): Promise<void>;
  /** Waits for the WebSocket that an agent was asked to open (`openConsole`); it comes paused. @throws {CloudError} none came in time. */
  stream(streamId: string, timeoutMs: number): Promise<WebSocket>;
};
