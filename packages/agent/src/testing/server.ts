import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type GuestReport, type HostReport, type ParsedParamsOf, Peer, serverMethods } from '@virtstack/protocol';
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
      rejectUnauthorized: true,
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const made = new TestServer(server);
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, request) => {
      const path = request.url ?? '';
      if (path === '/agent') made.#welcome(socket, (request.socket as TLSSocket).getPeerCertificate().subject.CN as string);
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

  #welcome(socket: WebSocket, name: string): void {
    const peer = new Peer(socket);
    peer.handle(serverMethods.hello, async (hello) => {
      this.agents.add({ peer, hello, name });
      return { accepted: this.accepted, reportSeconds: this.reportSeconds };
    });
    peer.on(serverMethods.guestChanged, (report) => this.changes.add(report));
    peer.on(serverMethods.report, (report) => this.reports.add(report));
    peer.listen();
  }
}
