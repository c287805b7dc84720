import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Tables } from './schema.ts';

export type Database = Kysely<Tables>;

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);

/** Opens a pool; connections are made when they are needed. `url`: `postgres://…`, or `socket:/DIR?db=NAME&user=NAME` for a unix socket. */
export function openDatabase(url: string, connections = 12): Database {
  const pool = new pg.Pool({ ...connectionOptions(url), max: connections });
  // PostgreSQL may restart: a broken connection is replaced, and whoever was using it is told by his query. Unheard, these would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** What `pg` is to be given for a URL; for the connections that are held apart from the pool (LISTEN, advisory locks). */
export function connectionOptions(url: string): pg.ClientConfig {
  if (!url.startsWith('socket:')) return { connectionString: url };
  const [path, query] = url.slice('socket:'.length).split('?');
  const search = new URLSearchParams(query);
  return { host: path!, database: search.get('db') ?? 'virtstack', user: search.get('user') ?? 'virtstack' };
}
