import type { HostFacts, HostReport, Peer } from '@virtstack/protocol';
import type { WebSocket } from 'ws';

/** An agent's connection after its hello. `hostId` is there once the host has been added. */
export type AgentSession = {
  readonly guid: string;
  /** The number of the certificate that it showed. */
  readonly serial: string;
  readonly socket: WebSocket;
  readonly peer: Peer;
  readonly facts: HostFacts;
  readonly remoteAddress: string;
  /** The newest full report. */
  report: HostReport;
  version: string;
  hostId?: string;
  /** Work on what the agent said goes in the order in which it said it. */
  queue: Promise<unknown>;
};
