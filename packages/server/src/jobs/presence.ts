import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { sql } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { connectionOptions, type Database } from '../db/database.ts';

/** First half of the advisory locks of this product; the second is a server's number, 0 the right to hand out jobs. */
export const lockClass = 7_650_801;

type PresenceOptions = {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly name: string;
  readonly version: string;
  readonly log: Logger;
};

/**
 * This server's seat among those that share the database: a number, and an advisory lock on it held by a session of its own. Whoever dies frees the
 * lock within milliseconds. A seat that is lost (the session broke) is never taken again: the server sits down anew under another number.
 */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #events = new EventEmitter().setMaxListeners(100);
  readonly #channels = new Set<string>();
  #client: pg.Client | undefined;
  #seat = new AbortController();
  #number = 0;
  #id = '';
  #agentUrl: string | undefined;
  #closed = false;
  /** Sitting down anew after a seat was lost. */
  #rejoining: Promise<void> | undefined;

  private constructor(options: PresenceOptions) {
    this.#options = options;
  }

  static async join(options: PresenceOptions): Promise<Presence> {
    const presence = new Presence(options);
    await presence.#sit();
    return presence;
  }

  get number(): number {
    return this.#number;
  }

  /** Of the present seat. */
  get id(): string {
    return this.#id;
  }

  /** Lets the other servers know where they reach this one, at this seat and those to come. */
  async advertise(agentUrl: string): Promise<void> {
    this.#agentUrl = agentUrl;
    await this.#options.db.updateTable('server').set({ agent_url: agentUrl }).where('number', '=', this.#number).execute();
  }

  /** Aborted when the present seat is lost. */
  get seat(): AbortSignal {
    return this.#seat.signal;
  }

  /** Called after a lost seat was replaced. */
  onJoined(callback: () => void): void {
    this.#events.on('joined', callback);
  }

  /** Hears `pg_notify` of a channel; nothing is promised across a lost seat. */
  async listen(channel: string, callback: (payload: string) => void): Promise<void> {
    this.#events.on(`notified:${channel}`, callback);
    if (this.#channels.has(channel)) return;
    this.#channels.add(channel);
    await this.#client?.query(`listen ${pg.escapeIdentifier(channel)}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#seat.abort(new Error('the server is closing'));
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
    await this.#rejoining;
  }

  async #sit(): Promise<void> {
    const { databaseUrl, name, version, log } = this.#options;
    const client = new pg.Client({ ...connectionOptions(databaseUrl), keepAlive: true });
    client.on('notification', (n) => this.#events.emit(`notified:${n.channel}`, n.payload ?? ''));
    let over = false;
    const lost = (cause?: Error): void => {
      if (over) return;
      over = true;
      this.#rejoining = this.#lost(client, cause);
    };
    client.on('error', lost);
    client.on('end', () => lost());
    try {
      await client.connect();
      await client.query('begin');
      const id = randomUUID();
      const inserted = await client.query<{ number: number }>(
        'insert into server (id, name, version, agent_url) values ($1, $2, $3, $4) returning number',
        [id, name, version, this.#agentUrl],
      );
      const number = inserted.rows[0]!.number;
      await client.query('select pg_advisory_lock($1, $2)', [lockClass, number]);
      await client.query('commit');
      for (const channel of this.#channels) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      if (over) throw new Error('the session broke at once');
      if (this.#closed) throw new Error('the server is closing');
      this.#number = number;
      this.#id = id;
    } catch (error) {
      over = true;
      await client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
    this.#seat = new AbortController();
    log.info({ server: this.#number }, 'joined the servers of this database');
  }

  async #lost(client: pg.Client, cause?: Error): Promise<void> {
    if (this.#closed || client !== this.#client) return;
    this.#client = undefined;
    this.#options.log.warn({ err: cause, server: this.#number }, 'lost the session that proves this server alive');
    this.#seat.abort(new Error('the session that proves this server alive broke'));
    for (let wait = 50; !this.#closed; wait = Math.min(wait * 2, 2000)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        await this.#sit();
        this.#events.emit('joined');
        return;
      } catch (error) {
        this.#options.log.warn({ err: error }, 'cannot reach the database');
      }
    }
  }
}

/** The numbers of the servers that are alive: the lock of a dead one is free. */
export const aliveServers = sql<number>`(select objid::integer from pg_locks where locktype = 'advisory' and granted and objsubid = 2
  and classid = ${sql.lit(lockClass)} and database = (select oid from pg_database where datname = current_database()))`;
