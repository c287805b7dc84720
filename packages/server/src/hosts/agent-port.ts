import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  imageStoreNotifications,
  type ParsedParamsOf,
  Peer,
  PeerError,
  PROTOCOL_VERSION,
  serverMethods,
  understand,
} from '@virtstack/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Cloud } from '../cloud.ts';
import type { Presence } from '../jobs/presence.ts';
import type { ImageStores } from '../storage/image-stores.ts';
import { serveImage } from '../storage/serve-image.ts';
import type { Agents } from './agents.ts';
import { Beats } from './beats.ts';
import { onlyOurs, serveRenewal } from './certificates/agent-renewal.ts';
import { watchExpiring } from './certificates/expiring.ts';
import { revokedChannel } from './channel.ts';
import { type Identity, identityOf } from './identity.ts';
import { Links } from './links.ts';
import { Lobby } from './lobby.ts';
import { agentsAnywhere, storesAnywhere } from './neighbours/agents-anywhere.ts';
import { answerNeighbour, type Here, joinNeighbour } from './neighbours/answer-neighbour.ts';
import { isAlive, serverOrganization } from './neighbours/credentials.ts';
import { Neighbours, serverPath } from './neighbours/neighbours.ts';
import { type Offer, openOffer, serveProgram } from './offered-program.ts';
import { sayingWhoIsOlder } from './older-agent.ts';
import { agentRefusals, imageStoreRefusals } from './refusals.ts';
import type { AgentSession } from './session.ts';
import { Streams } from './streams.ts';
import { startWatch } from './watch.ts';

/** What a server is before its agents' port is open. */
export type CloudWithoutAgents = Omit<Cloud, 'agents' | 'imageStores'>;
export type AgentPort = {
  readonly agents: Agents;
  readonly imageStores: ImageStores;
  /** Ends the connections. Hosts stay as they are: nobody marks a host down because a server went. */
  close(): Promise<void>;
};

const imageStoreName = 'image-store';
const helloMs = 30_000;

/**
 * Serves `/agent`, `/image-store`, `/streams/ID` and, to the other servers, `/server` (WebSockets) and `GET /images/ID` on a TLS server that asks for client certificates of this cloud's
 * authority. `serverUrl` is where the other servers reach it. A certificate's common name is who is there: a host's guid, or `image-store`.
 */
export async function attachAgents(
  server: Server,
  base: CloudWithoutAgents,
  presence: Presence,
  serverUrl: string,
): Promise<AgentPort> {
  const hosts = new Links(
    agentRefusals,
    (id) =>
      `The agent of host ${id} is not connected to any management server that can be asked. See the host's state and its agent's log.`,
  );
  const stores = new Links(imageStoreRefusals, () => 'The process that keeps the image store is not connected. See its log.');
  const streams = new Streams();
  const beats = new Beats(base);
  const neighbours = new Neighbours(base, presence, beats);
  const anywhere = agentsAnywhere(hosts, neighbours, streams);
  const callStore = storesAnywhere(stores, neighbours);
  const agents: Agents = {
    ...anywhere,
    call: (hostId, method, params, options) =>
      anywhere.call(hostId, method, params, options).catch(async (error: unknown) => {
        throw await sayingWhoIsOlder(base.db, hostId, method.name, error);
      }),
  };
  const imageStores: ImageStores = { call: (method, params, options) => callStore(imageStoreName, method, params, options) };
  const cloud: Cloud = { ...base, agents, imageStores };
  const lobby = new Lobby(cloud, hosts, presence, neighbours);
  const offer = openOffer(cloud);
  const here: Here = { links: [hosts, stores], hosts, lobby, streams, callers: new Map() };
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024, perMessageDeflate: false });

  const welcome = (who: Identity, path: string, socket: WebSocket, request: IncomingMessage): void => {
    socket.on('error', (error) => cloud.log.debug({ err: error, name: who.name }, 'a connection broke'));
    beats.watch(socket);
    if (path === '/image-store') holdImageStore(stores, socket);
    else if (path === '/agent') converse(lobby, offer, who, socket, request.socket.remoteAddress ?? '');
    else if (path === serverPath) answerNeighbour(here, socket, who);
    else if (path.startsWith(serverPath)) void joinNeighbour(here, socket, path.slice(path.lastIndexOf('/') + 1));
    else streams.arrived(path.slice('/streams/'.length), socket);
  };
  const onUpgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const path = pathOf(request);
    socket.on('error', () => socket.destroy());
    const who = await identityOf(cloud, request).catch(() => undefined);
    if (who && mayOpen(who, path) && (await mayStillOpen(base, who)))
      return sockets.handleUpgrade(request, socket, head, (ws) => welcome(who, path, ws, request));
    const answer = who ? '403 Forbidden' : await renewal.answer(path, request, socket, head).catch(() => '403 Forbidden');
    if (answer) socket.end(`HTTP/1.1 ${answer}\r\nConnection: close\r\n\r\n`);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (!serveProgram(cloud, request, response)) void serveImage(cloud, request, response);
  };
  const renewal = serveRenewal(cloud, sockets);
  server.prependListener('secureConnection', onlyOurs(cloud));
  server.on('upgrade', onUpgrade);
  server.on('request', onRequest);
  await lobby.open();
  await presence.listen(revokedChannel, (serial) => {
    for (const [socket, shown] of here.callers) if (shown === serial) socket.terminate();
  });
  await presence.advertise(serverUrl);
  let seat = presence.number;
  presence.onJoined(() => {
    const lost = seat;
    seat = presence.number;
    lobby.reseat(lost).catch((error: unknown) => base.log.warn({ err: error }, 'could not say anew which agents are here'));
  });
  const stops = [startWatch(cloud, hosts, presence), watchExpiring(cloud)];
  return {
    agents,
    imageStores,
    async close() {
      server.off('upgrade', onUpgrade);
      server.off('request', onRequest);
      for (const stop of stops) stop();
      beats.stop();
      neighbours.close();
      lobby.close();
      for (const socket of sockets.clients) socket.close(1001, 'the server is stopping');
      await lobby.settled();
    },
  };
}

/** Nothing for an address that is none, such as `//`. */
const pathOf = (request: IncomingMessage): string => URL.parse(request.url ?? '/', 'https://server')?.pathname ?? '';
const mayOpen = ({ name, organization }: Identity, path: string): boolean => {
  if (organization === serverOrganization) return isServerPath(path);
  return name === imageStoreName ? path === '/image-store' : path === '/agent' || isStream(path);
};
const isStream = (path: string): boolean => /^\/streams\/[0-9a-f-]{36}$/.test(path);
const isServerPath = (path: string): boolean =>
  path === serverPath || (path.startsWith(serverPath) && isStream(path.slice(serverPath.length)));

/** A server's certificate is good for as long as that server is alive. */
const mayStillOpen = async ({ db }: Pick<Cloud, 'db'>, { name, organization }: Identity): Promise<boolean> =>
  organization !== serverOrganization || isAlive(db, name).catch(() => false);

function holdImageStore(stores: Links, socket: WebSocket): void {
  const peer = new Peer(socket);
  peer.onClose(() => stores.drop(imageStoreName, peer));
  peer.on(imageStoreNotifications.hello, ({ protocol }) => {
    if (protocol !== PROTOCOL_VERSION) peer.close(4003, `this server speaks protocol ${PROTOCOL_VERSION}`);
  });
  peer.listen();
  stores.hold(imageStoreName, peer);
}

/** Nothing is believed before a hello whose guid is the certificate's. */
function converse(lobby: Lobby, offer: Offer, who: Identity, socket: WebSocket, remoteAddress: string): void {
  const peer = new Peer(socket);
  const late = setTimeout(() => socket.close(1002, 'no hello'), helloMs);
  let session: AgentSession | undefined;
  peer.handle(serverMethods.hello, async (hello) => {
    clearTimeout(late);
    await refuseStrangers(lobby, who.name, hello);
    const { guid, facts, report, version } = hello;
    const { serial } = who;
    const entering = { guid, serial, socket, peer, facts, remoteAddress, report, version, queue: Promise.resolve() };
    const welcome = await lobby.enter(entering);
    session = entering;
    const update = welcome.accepted ? await offer.to(guid, hello.program) : undefined;
    return { ...welcome, ...(update && { update }) };
  });
  peer.handle(serverMethods.renew, async (request) => ({ certificate: await lobby.renew(who, request) }));
  peer.handle(serverMethods.renewed, async (which) => {
    await lobby.renewed(who, which);
    return {};
  });
  peer.on(serverMethods.guestChanged, (guest) => session && lobby.guestChanged(session, guest));
  peer.on(serverMethods.report, (report) => session && lobby.reported(session, report));
  peer.onClose(() => {
    clearTimeout(late);
    if (session) lobby.leave(session);
  });
  peer.listen();
}

async function refuseStrangers(lobby: Lobby, name: string, hello: ParsedParamsOf<typeof serverMethods.hello>): Promise<void> {
  if (hello.guid !== name) {
    await lobby.wrongHost(name, hello.guid);
    throw new PeerError('identity', `The certificate is ${name}'s, the hello is ${hello.guid}'s.`);
  }
  if (!understand(hello))
    throw new PeerError(
      'protocol',
      `This server speaks protocol ${PROTOCOL_VERSION}, the agent ${hello.protocol}. Bring both to the same version.`,
    );
}
