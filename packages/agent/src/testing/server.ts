import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  type GuestReport,
  type HostReport,
  type OfferedProgram,
  type ParsedParamsOf,
  Peer,
  PeerError,
  serverMethods,
} from '@virtstack/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Authority, pem } from './certificates.ts';
import { Heard } from './heard.ts';

export type Hello = ParsedParamsOf<typeof serverMethods.hello>;
export type Connected = { readonly peer: Peer; readonly hello: Hello; readonly name: string };

/** As much of a server as an agent sees: real TLS both ways, real WebSockets, real JSON-RPC. */
export class TestServer {
  readonly url: string;
  readonly agents = new Heard<Connected>();
  readonly changes = new Heard<GuestReport>();
  readonly reports = new Heard<HostReport>();
  readonly streams = new Heard<{ readonly id: string; readonly socket: WebSocket; readonly chunks: Heard<Buffer> }>();
  /** What `GET /images/NAME` answers; a missing one is a 404. */
  readonly images = new Map<string, Buffer>();
  /** How many images were asked for. */
  fetches = 0;
  accepted = true;
  /** What it would have agents be; their program is `/programs/agent`. */
  offer: OfferedProgram | undefined;
  /** Says no to a hello, in these words. */
  refuse: (hello: Hello) => string | undefined = () => undefined;
  /** Signs an agent's request; absent: a server that does not renew. */
  sign: ((csr: string, name: string) => string) | undefined;
  /** What agents said to have in place. */
  readonly renewed = new Heard<{ readonly serial: string; readonly trouble?: string | undefined }>();
  /** Who came with an expired certificate. */
  readonly expired = new Heard<string>();
  reportSeconds = 3600;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** `port` 0: any. */
  static async listen(authority: Authority, port = 0): Promise<TestServer> {
    const server = createServer({
      ...pem(authority.issue('server')),
      ca: readFileSync(authority.ca),
      requestCert: true,
      rejectUnauthorized: false,
    });
    server.prependListener('secureConnection', (socket) => {
      if (!socket.authorized && String(socket.authorizationError) !== 'CERT_HAS_EXPIRED') socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const made = new TestServer(server);
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      const { authorized } = request.socket as TLSSocket;
      if (!authorized && request.url === '/agent')
        return void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open, request));
    });
    sockets.on('connection', (socket, request) => {
      const path = request.url ?? '';
      const name = (request.socket as TLSSocket).getPeerCertificate().subject.CN as string;
      if (path === '/agent') made.#welcome(socket, name);
      else if (path === '/renewal') made.#renew(socket, name);
      else made.#take(path.slice('/streams/'.length), socket);
    });
    server.on('request', (request, response) => {
      made.fetches += 1;
      const image = made.images.get(request.url ?? '');
      if (!image) return void response.writeHead(404).end('no such image');
      response.writeHead(200, { 'content-length': image.length }).end(image);
    });
    return made;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const { peer } of this.agents.all) peer.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #take(id: string, socket: WebSocket): void {
    const chunks = new Heard<Buffer>();
    socket.on('message', (data: Buffer) => chunks.add(data));
    this.streams.add({ id, socket, chunks });
  }

  #renew(socket: WebSocket, name: string): void {
    this.expired.add(name);
    const peer = new Peer(socket);
    this.#answerRenewal(peer, name);
    peer.listen();
  }

  #answerRenewal(peer: Peer, name: string): void {
    const { sign } = this;
    if (sign) peer.handle(serverMethods.renew, async ({ csr }) => ({ certificate: sign(csr, name) }));
    peer.handle(serverMethods.renewed, async (which) => {
      this.renewed.add(which);
      return {};
    });
  }

  #welcome(socket: WebSocket, name: string): void {
    const peer = new Peer(socket);
    this.#answerRenewal(peer, name);
    peer.handle(serverMethods.hello, async (hello) => {
      const no = this.refuse(hello);
      if (no !== undefined) throw new PeerError('protocol', no);
      this.agents.add({ peer, hello, name });
      return { accepted: this.accepted, reportSeconds: this.reportSeconds, ...(this.offer && { update: this.offer }) };
    });
    peer.on(serverMethods.guestChanged, (report) => this.changes.add(report));
    peer.on(serverMethods.report, (report) => this.reports.add(report));
    peer.listen();
  }
}
