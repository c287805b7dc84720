import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { VIR_DOMAIN_CONSOLE_FORCE } from '@virtstack/libvirt';
import { agentMethods, PeerError } from '@virtstack/protocol';
import { createWebSocketStream } from 'ws';
import { isActive } from '../guests/state.ts';
import type { Host } from '../host.ts';
import { tail } from '../system/files.ts';
import { openSocket } from '../uplink.ts';
import { action } from './action.ts';

/** So that the boot can be read. */
const TAIL_BYTES = 65_536;

export const openConsole = action(agentMethods.openConsole, async (host, { uuid, stream }, { signal }) => {
  const { state, name, ours } = await host.guests.ask(uuid);
  if (!isActive(state)) throw new PeerError('invalid-state', `The guest ${name || uuid} is ${state}: it has no console.`);
  if (!ours) throw new PeerError('foreign', `The domain ${name} was not made by this cloud; its console is not opened.`);
  const console = await host.libvirt.now.queries.domains.handle(uuid).openConsole({ flags: VIR_DOMAIN_CONSOLE_FORCE, signal });
  try {
    const far = await openFarEnd(host, stream);
    far.write(await tail(host.paths.consoleLog(uuid), TAIL_BYTES));
    void join(host, console, far);
    return {};
  } catch (error) {
    console.destroy();
    throw error;
  }
});

const openFarEnd = async (host: Host, stream: string): Promise<Duplex> => {
  const url = new URL(`/streams/${stream}`, host.config.server).href;
  try {
    return createWebSocketStream(await openSocket(url, await host.tls(), host.stop), { allowHalfOpen: false });
  } catch (error) {
    throw new PeerError('unavailable', `The server did not take the console: ${(error as Error).message}`);
  }
};

/** Until either side ends; then both have. */
const join = async (host: Host, console: Duplex, far: Duplex): Promise<void> => {
  const options = { signal: host.stop, end: false };
  // What fails after the other side has ended the conversation is of no interest.
  for (const side of [console, far]) side.on('error', () => {});
  try {
    await Promise.race([pipeline(console, far, options), pipeline(far, console, options), closed(console), closed(far)]);
  } catch (error) {
    host.log.debug({ error: String(error) }, 'a console ended');
  } finally {
    console.destroy();
    far.end();
  }
};

const closed = (stream: Duplex): Promise<void> => new Promise((resolve) => stream.once('close', () => resolve()));
