import type { Method, ParamsOf, Progress, ResultOf } from '@virtstack/protocol';
import type { WebSocket } from 'ws';
import type { z } from 'zod';

export type CallOptions = {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly onProgress?: (progress: Progress) => void;
};

/** The connections to the hosts' agents, whichever server has them. */
export type Agents = {
  /** @throws {CloudError} `unavailable`: no agent of that host is connected, or it did not answer; else the agent's own refusal in its words. */
  call<M extends Method<z.ZodType, z.ZodType>>(
    hostId: string,
    method: M,
    params: ParamsOf<M>,
    options?: CallOptions,
  ): Promise<ResultOf<M>>;
  /** Whether its agent is connected to this server, or to another that can be asked. */
  connected(hostId: string): Promise<boolean>;
  /** Ends the conversation with a host's agent, which begins another; done when it has ended. */
  disconnect(hostId: string): Promise<void>;
  /** Waits for the WebSocket that an agent was asked to open (`openConsole`); it comes paused. @throws {CloudError} none came in time. */
  stream(streamId: string, timeoutMs: number): Promise<WebSocket>;
};

/** Those of some hosts that can be asked now. */
export async function connectedOf<H extends { readonly id: string }>(
  agents: Pick<Agents, 'connected'>,
  hosts: readonly H[],
): Promise<readonly H[]> {
  const connected = await Promise.all(hosts.map(({ id }) => agents.connected(id)));
  return hosts.filter((_, n) => connected[n]);
}
