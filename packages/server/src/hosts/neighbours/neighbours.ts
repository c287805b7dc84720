import { type Method, type ParamsOf, Peer, PeerError, type ResultOf } from '@virtstack/protocol';
import { sql } from 'kysely';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import type { Cloud } from '../../cloud.ts';
import type { Database } from '../../db/database.ts';
import { gathered, rowsByKey } from '../../db/gathered.ts';
import { aliveServers, type Presence } from '../../jobs/presence.ts';
import type { CallOptions } from '../agents.ts';
import type { Beats } from '../beats.ts';
import { identified } from './credentials.ts';
import { unreachable } from './methods.ts';

/** Where a living server is reached by the others. */
export type Neighbour = { readonly number: number; readonly url: string };
type Link = { readonly url: string; readonly socket: WebSocket; readonly peer: Peer };
type Needed = Pick<Cloud, 'db' | 'authority' | 'log'>;

export const serverPath = '/server';
const connectMs = 5000;
const lookMs = 2000;

/** The connections to the other servers that share the database, made when they are needed. One whose server is dead is cut, whatever the network says. */
export class Neighbours {
  readonly #cloud: Needed;
  readonly #presence: Presence;
  readonly #beats: Beats;
  readonly #links = new Map<number, Promise<Link>>();
  readonly #timer: NodeJS.Timeout;
  readonly #credentials: ReturnType<typeof identified>;

  constructor(cloud: Needed, presence: Presence, beats: Beats) {
    this.#cloud = cloud;
    this.#presence = presence;
    this.#beats = beats;
    this.#credentials = identified(cloud.authority, presence);
    this.#timer = setInterval(() => {
      this.#cutDead().catch((error: unknown) => cloud.log.warn({ err: error }, 'could not look after the other servers'));
    }, lookMs).unref();
  }

  /** The other living server to which a host's agent connected last. */
  async holderOf(hostId: string): Promise<Neighbour | undefined> {
    return this.#unlessSelf(await holderOf(this.#cloud.db, hostId));
  }

  /** The other living server at which an agent was seen last, whether its host was added or not. */
  async lastAt(guid: string): Promise<Neighbour | undefined> {
    return this.#unlessSelf(await lastAt(this.#cloud.db, guid));
  }

  async all(): Promise<readonly Neighbour[]> {
    const servers = await living(this.#cloud.db);
    return servers.filter(({ number }) => number !== this.#presence.number);
  }

  /** @throws {PeerError} `unreachable`: nothing was asked; `disconnected`: it went away before it answered; else its refusal. */
  async call<M extends Method<z.ZodType, z.ZodType>>(
    neighbour: Neighbour,
    method: M,
    params: ParamsOf<M>,
    options: CallOptions,
  ): Promise<ResultOf<M>> {
    const { peer } = await this.#link(neighbour);
    options.signal?.throwIfAborted();
    return peer.call(method, params, options);
  }

  /** A stream that a host opened there; nothing is read from it before somebody listens. @throws {Error} */
  stream({ url }: Neighbour, id: string): Promise<WebSocket> {
    return this.#open(`${url}${serverPath}/streams/${id}`);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const link of this.#links.values()) void link.then(({ socket }) => socket.terminate()).catch(() => {});
    this.#links.clear();
  }

  #unlessSelf(found: Neighbour | undefined): Neighbour | undefined {
    return found?.number === this.#presence.number ? undefined : found;
  }

  async #link({ number, url }: Neighbour): Promise<Link> {
    const known = this.#links.get(number);
    const link = await known?.catch(() => undefined);
    if (link && link.url === url && !link.peer.closed) return link;
    // Whoever came first while this one waited has opened it already.
    const newer = this.#links.get(number);
    if (newer && newer !== known) return newer;
    const opening = this.#converse(url);
    this.#links.set(number, opening);
    opening.catch(() => this.#links.get(number) === opening && this.#links.delete(number));
    return opening;
  }

  async #converse(url: string): Promise<Link> {
    try {
      const socket = await this.#open(`${url}${serverPath}`);
      this.#beats.watch(socket);
      const peer = new Peer(socket);
      peer.listen();
      socket.resume();
      return { url, socket, peer };
    } catch (cause) {
      throw new PeerError(unreachable, `The server at ${url} cannot be reached: ${String(cause)}`);
    }
  }

  async #open(url: string): Promise<WebSocket> {
    const { certificate: cert, key } = await this.#credentials();
    const ca = this.#cloud.authority.certificate;
    const limits = { handshakeTimeout: connectMs, perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 };
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { cert, key, ca, ...limits, minVersion: 'TLSv1.3' });
    socket.on('error', (error) => this.#cloud.log.debug({ err: error, url }, 'a connection to another server broke'));
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject).once('open', () => {
        socket.pause();
        resolve();
      });
    });
    return socket;
  }

  async #cutDead(): Promise<void> {
    if (this.#links.size === 0) return;
    const alive = new Set((await living(this.#cloud.db)).map(({ number }) => number));
    for (const [number, opening] of this.#links) {
      const link = await opening.catch(() => undefined);
      if (link && !link.peer.closed && alive.has(number)) continue;
      link?.socket.terminate();
      if (this.#links.get(number) === opening) this.#links.delete(number);
    }
  }
}

const holderOf = gathered(async (db, hostIds: readonly string[]) => {
  const { rows } = await sql<Neighbour & { id: string }>`
    select h.id, s.number, s.agent_url as url from host h join server s on s.number = h.server_number
    where h.id = any(${hostIds}::uuid[]) and s.agent_url is not null and s.number in ${aliveServers}`.execute(db);
  return rowsByKey(hostIds, rows, ({ id }) => id).map(([one]) => one);
});

const lastAt = gathered(async (db, guids: readonly string[]) => {
  const { rows } = await sql<Neighbour & { guid: string }>`
    select seen.guid, s.number, s.agent_url as url from
      (select guid, server_number from host where guid = any(${guids}::uuid[]) and removed is null
        union select guid, server_number from waiting_agent where guid = any(${guids}::uuid[])) seen
      join server s on s.number = seen.server_number
    where s.agent_url is not null and s.number in ${aliveServers}`.execute(db);
  return rowsByKey(guids, rows, ({ guid }) => guid).map(([one]) => one);
});

const living = async (db: Database): Promise<readonly Neighbour[]> => {
  const { rows } = await sql<Neighbour>`
    select number, agent_url as url from server where agent_url is not null and number in ${aliveServers}`.execute(db);
  return rows;
};
