import { method } from '@virtstack/protocol';
import { z } from 'zod';

/** Whoever is asked for, at the receiver's own connections alone: a host's id, or the image store. */
const whom = z.string().max(100);

/** What servers that share a database ask of each other. An order is passed on once: its receiver asks nobody but who is connected to itself. */
export const neighbourMethods = {
  /** Refused with `not-here` where he is not connected; with his own refusal where he refuses. */
  order: method(
    'neighbour/order',
    z.object({ whom, method: z.string().max(100), params: z.unknown(), timeoutMs: z.number().positive().optional() }),
    z.object({ answer: z.unknown() }),
  ),
  /** Those of them who are connected. */
  holds: method('neighbour/holds', z.object({ whom: z.array(whom).max(10_000) }), z.object({ held: z.array(z.string()) })),
  /** Ends the conversation with a host's agent. */
  disconnect: method('neighbour/disconnect', z.object({ hostId: z.uuid() }), z.object({})),
  /** An agent has come to another server: this one lets go of it, unless another machine is connected as that host and answers. */
  cameHere: method(
    'neighbour/came-here',
    z.object({ guid: z.uuid(), bootId: z.string() }),
    z.object({ twin: z.string().optional().describe('the address of the other machine') }),
  ),
};

/** He is not connected to the server that was asked. */
export const notHere = 'not-here';
/** The server that was to be asked cannot be reached: nothing was asked of it. */
export const unreachable = 'unreachable';
