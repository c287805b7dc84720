import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { agentMethods } from '@virtstack/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { callerById } from '../accounts/callers.ts';
import { mayCall } from '../accounts/permissions.ts';
import { type ConsoleTicket, redeemTicket } from '../api/console-tickets.ts';
import { notNameable } from '../api/entities.ts';
import type { Caller } from '../api/handler.ts';
import { consolePath } from '../api/handlers/console.ts';
import type { Cloud } from '../cloud.ts';
import { isCloudError, wordsFor } from '../error.ts';
import { isForeign } from './client.ts';
import { joinSockets } from './join-sockets.ts';

const openMs = 15_000;
/** How long somebody who was shut out may go on at a console. */
const lookMs = 3000;
/** A WebSocket's own codes for the ends that we cause; 4000 and above are ours. */
export const consoleEnds = { refused: 4401, notRunning: 4409, hostAway: 4503, ended: 1000 } as const;

/** Serves the WebSocket that joins a browser with a guest's serial console. Answers how to end all of them. */
export function serveConsoles(server: Server, cloud: Cloud): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const address = URL.parse(request.url ?? '/', 'https://localhost');
    if (address?.pathname !== `/${consolePath}` || isForeign(request.headers, request.headers.host)) return refuse(socket);
    const ticket = address.searchParams.get('ticket') ?? address.searchParams.get('token') ?? '';
    sockets.handleUpgrade(request, socket, head, (browser) => void open(cloud, browser, ticket));
  });
  return {
    close() {
      for (const browser of sockets.clients) browser.close(1012, 'The server is restarting.');
    },
  };
}

const refuse = (socket: Duplex): void =>
  void socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');

/** `admin`: whoever sits at its console is one. */
type Guest = {
  readonly id: string;
  readonly name: string;
  readonly hostId: string;
  readonly admin: boolean;
  readonly ticket: ConsoleTicket;
};

async function open(cloud: Cloud, browser: WebSocket, ticket: string): Promise<void> {
  // What is typed before the console is there waits in the socket.
  browser.pause();
  browser.on('error', (error) => cloud.log.debug({ err: error }, 'a console broke'));
  let admin = false;
  try {
    const guest = await admitted(cloud, browser, ticket);
    if (!guest) return;
    admin = guest.admin;
    const stream = randomUUID();
    const arriving = cloud.agents.stream(stream, openMs);
    arriving.catch(() => {});
    await cloud.agents.call(guest.hostId, agentMethods.openConsole, { uuid: guest.id, stream }, { timeoutMs: openMs });
    joinSockets(browser, await arriving);
    showOut(cloud, browser, guest.ticket);
  } catch (error) {
    const away = isCloudError(error) && error.kind === 'unavailable';
    if (!isCloudError(error)) cloud.log.error({ err: error }, 'a console could not be opened');
    end(
      browser,
      away ? consoleEnds.hostAway : 1011,
      isCloudError(error) ? wordsFor(admin, error) : 'The console could not be opened; see the server’s log.',
    );
  }
}

/** The guest that the ticket lets in to, while the one whom it was given to may still see it; else the socket is closed with the reason. */
async function admitted(cloud: Cloud, browser: WebSocket, text: string): Promise<Guest | undefined> {
  const ticket = await redeemTicket(cloud.db, text);
  const caller = ticket && (await looker(cloud, ticket));
  if (!ticket || !caller) {
    end(browser, consoleEnds.refused, 'This address was used already or is older than a minute. Open the console anew.');
    return undefined;
  }
  const machine = await cloud.db
    .selectFrom('virtual_machine')
    .select(['id', 'name', 'host_id', 'state'])
    .where('id', '=', ticket.virtualMachineId)
    .executeTakeFirstOrThrow();
  if (machine.state === 'Running' && machine.host_id)
    return { id: machine.id, name: machine.name, hostId: machine.host_id, admin: caller.role === 'Admin', ticket };
  end(browser, consoleEnds.notRunning, `${machine.name} is ${machine.state}: it has a console while it runs.`);
  return undefined;
}

/** Who was given the ticket, while he may still sit at that console. */
async function looker({ db }: Cloud, { userId, virtualMachineId }: ConsoleTicket): Promise<Caller | undefined> {
  const command = 'createConsoleEndpoint';
  const caller = await callerById(db, userId);
  if (!caller || !mayCall(caller, command)) return undefined;
  const hidden = await notNameable(db, 'virtualmachine', [virtualMachineId], { caller, command, use: 'change' });
  return hidden.length === 0 ? caller : undefined;
}

/** Ends the console of somebody who was disabled, or to whom the machine is no longer shown. */
function showOut(cloud: Cloud, browser: WebSocket, ticket: ConsoleTicket): void {
  const look = async (): Promise<void> => {
    if (!(await looker(cloud, ticket))) end(browser, consoleEnds.refused, 'You may no longer sit at this console.');
  };
  if (browser.readyState !== browser.OPEN) return;
  const timer = setInterval(
    () => void look().catch((error: unknown) => cloud.log.debug({ err: error }, 'could not look who sits at a console')),
    lookMs,
  );
  timer.unref();
  browser.once('close', () => clearInterval(timer));
}

/** A reason is at most 123 bytes long. */
function end(browser: WebSocket, code: number, reason: string): void {
  browser.resume();
  const text = Buffer.from(reason)
    .subarray(0, 123)
    .toString()
    .replace(/\ufffd+$/, '');
  browser.close(code, text);
}
