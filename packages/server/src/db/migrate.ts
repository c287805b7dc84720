import { type Migration, Migrator } from 'kysely';
import type { Database } from './database.ts';
import * as first from './migrations/0001-first.ts';
import * as mode from './migrations/0002-mode.ts';
import * as volumes from './migrations/0003-volumes.ts';
import * as bootProblem from './migrations/0004-boot-problem.ts';
import * as tenants from './migrations/0005-tenants.ts';
import * as hosts from './migrations/0006-hosts.ts';
import * as identity from './migrations/0006-identity.ts';
import * as jobs from './migrations/0006-jobs.ts';
import * as lists from './migrations/0006-lists.ts';
import * as nfs from './migrations/0006-nfs.ts';
import * as adoption from './migrations/0007-adoption.ts';
import * as crowd from './migrations/0007-crowd.ts';
import * as life from './migrations/0007-life.ts';
import * as migration from './migrations/0007-migration.ts';

/** In the order in which they run; one that has been published never changes. */
const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-mode': mode,
  '0003-volumes': volumes,
  '0004-boot-problem': bootProblem,
  '0005-tenants': tenants,
  '0006-hosts': hosts,
  '0006-identity': identity,
  '0006-jobs': jobs,
  '0006-lists': lists,
  '0006-nfs': nfs,
  '0007-adoption': adoption,
  '0007-crowd': crowd,
  '0007-life': life,
  '0007-migration': migration,
};

/** Brings the schema up to date; several servers may call it at once. All of it or nothing happens. */
export async function migrate(db: Database): Promise<void> {
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  if (error) throw error;
}
