import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { type Postgres, type PostgresOptions, startPostgres } from './embedded.ts';

const lookMs = 500;

/** PostgreSQL that is started again when it dies, until it is stopped. Who uses it meanwhile waits (see `isDatabaseAway`). */
export type KeptPostgres = { readonly current: Postgres; stop(): Promise<void> };

/** Starts PostgreSQL, or takes over one that runs, and looks after it. @throws {Error} it could not be started now. */
export async function keepPostgres(options: PostgresOptions, log: Logger): Promise<KeptPostgres> {
  let current = await startPostgres(options);
  let restarting: Promise<void> | undefined;
  const restart = async (): Promise<void> => {
    log.warn({ pid: current.pid }, 'PostgreSQL has died; starting it again');
    try {
      current = await startPostgres(options);
      log.info({ pid: current.pid }, 'PostgreSQL runs again');
    } catch (error) {
      log.error({ err: error }, 'PostgreSQL could not be started again; trying on');
    }
  };
  const timer = setInterval(() => {
    if (restarting || existsSync(`/proc/${current.pid}`)) return;
    restarting = restart().finally(() => (restarting = undefined));
  }, lookMs);
  return {
    get current() {
      return current;
    },
    async stop() {
      clearInterval(timer);
      await restarting;
      await current.stop();
    },
  };
}
