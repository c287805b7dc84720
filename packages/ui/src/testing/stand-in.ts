import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { AnyCommand } from '@virtstack/contract';
import { commands } from '@virtstack/contract/commands.ts';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Cloud, makeCloud, Refusal } from './cloud.ts';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.svg': 'image/svg+xml',
};
/** No laxer than the server's own. */
const policy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const send = (response: ServerResponse, status: number, type: string, body: string | Buffer): void => {
  response.writeHead(status, { 'content-type': type, 'content-security-policy': policy }).end(body);
};

/** A file of the UI, or its page for every other address. */
const sendFile = async (response: ServerResponse, dir: string, path: string): Promise<void> => {
  const name = path.startsWith('/client/assets/') ? path.slice('/client/'.length) : 'index.html';
  const body = await readFile(join(dir, name)).catch(() => undefined);
  send(response, body ? 200 : 404, types[extname(name)] ?? 'application/octet-stream', body ?? '');
};

const declarations: Readonly<Record<string, AnyCommand>> = commands;
const shaped = (name: string, value: unknown): unknown => {
  const declared = declarations[name];
  if (declared?.kind === 'list') {
    const { count, items } = value as { count: number; items: unknown[] };
    return count === 0 ? {} : { count, [declared.listKey ?? declared.response.key]: items };
  }
  return declared?.kind === 'sync' && !declared.response.flat ? { [declared.response.key]: value } : value;
};

const paramsOf = async (request: IncomingMessage, url: URL): Promise<Record<string, string>> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return Object.fromEntries(request.method === 'POST' ? new URLSearchParams(body) : url.searchParams);
};

/** Echoes what is typed, as a guest's terminal would. */
const guest = (socket: WebSocket, cloud: Cloud, id: string): void => {
  const name = cloud.vms.get(id)?.name;
  socket.send(Buffer.from(`\r\n${name} login: `));
  socket.on('message', (data) =>
    socket.send(Buffer.from(String(data).replaceAll('\u0003', '^C\r\n# ').replaceAll('\r', '\r\n'))),
  );
  const watch = setInterval(() => {
    if (cloud.vms.get(id)?.state === 'Running') return;
    socket.close(1000, 'The instance was stopped.');
    clearInterval(watch);
  }, 50);
  socket.on('close', () => clearInterval(watch));
};

/** What is asked for at the log-in beside the password; what was given is asked for no more. */
type Asks = { factor?: 'code' | 'set-up' | undefined; password?: boolean | undefined };

export type StandIn = {
  readonly url: string;
  readonly cloud: Cloud;
  readonly asks: Asks;
  /** As if its sessions had timed out. */
  readonly forgetSessions: () => void;
  readonly close: () => Promise<void>;
};

/** A server for tests of the pages alone. */
export const startStandIn = async (uiDir: string, { jobMs = 300, port = 0 } = {}): Promise<StandIn> => {
  const cloud = makeCloud(jobMs);
  const asks: Asks = {};
  let sessionkey: string | undefined;
  let password = 'secret';
  /** The commands about the session itself. */
  const own: Readonly<Record<string, (p: Record<string, string>) => unknown>> = {
    setupUserTwoFactorAuthentication: () => ({ secretcode: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567' }),
    validateUserTwoFactorAuthenticationCode: ({ codefor2fa }) => {
      if (codefor2fa !== '123456') throw new Refusal(511, 'The code is not right, or was used before: each is good once.');
      asks.factor = undefined;
      return { success: true };
    },
    updateUser: (p) => {
      if (p.currentpassword !== password) throw new Refusal(431, 'The current password is not right.');
      if ((p.password ?? '').length < 8)
        throw new Refusal(431, 'The password is not one that is allowed here: it has at least 8 characters, and this one has 3.');
      password = p.password ?? '';
      asks.password = false;
      sessionkey = undefined; // all sessions of the user end
      return { id: p.id };
    },
  };
  const run = (p: Record<string, string>): unknown => {
    const name = p.command ?? '';
    if (name === 'login') {
      if (p.password !== password) throw new Refusal(531, 'Failed to authenticate user');
      sessionkey = `key-${Date.now()}`;
      const factor = { is2faenabled: String(asks.factor !== undefined), is2faverified: String(asks.factor === undefined) };
      const provider = asks.factor === 'code' ? { providerfor2fa: 'totp' } : {};
      const who = { userid: `u-${p.username}`, username: p.username, account: p.username, domainid: 'd', type: '1' };
      return { sessionkey, ...who, timeout: 1800, ...factor, ...provider, passwordchangerequired: asks.password ?? false };
    }
    if (name === 'logout') return { description: 'success' };
    if (!sessionkey || p.sessionkey !== sessionkey) throw new Refusal(401, 'unable to verify user credentials');
    if (asks.factor && !name.includes('TwoFactor')) throw new Refusal(511, 'two factor authentication is mandated by an admin');
    if (own[name]) return own[name](p);
    if (name === 'listApis') return { count: 1, items: Object.keys({ ...cloud.commands, ...own }).map((api) => ({ name: api })) };
    const command = cloud.commands[name];
    if (!command) throw new Refusal(432, `The given command ${name} does not exist`);
    return command(p);
  };
  const api = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const p = await paramsOf(request, url);
    const envelope = `${p.command?.toLowerCase()}response`;
    try {
      send(response, 200, 'application/json', JSON.stringify({ [envelope]: shaped(p.command ?? '', run(p)) }));
    } catch (error) {
      const { code, message } = error instanceof Refusal ? error : new Refusal(530, String(error));
      send(response, code, 'application/json', JSON.stringify({ [envelope]: { errorcode: code, errortext: message } }));
    }
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    void (url.pathname === '/client/api/' ? api(request, response, url) : sendFile(response, uiDir, url.pathname));
  });
  const sockets = new WebSocketServer({ server, path: '/client/console/socket' });
  sockets.on('connection', (socket, request) =>
    guest(socket, cloud, new URL(request.url ?? '', 'http://x').searchParams.get('ticket') ?? ''),
  );
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/`,
    cloud,
    asks,
    forgetSessions: () => {
      sessionkey = undefined;
    },
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
