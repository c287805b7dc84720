export { type FirstAdmin, firstAdmin } from './accounts/first-admin.ts';
export { openSecrets, type Secrets } from './accounts/secrets.ts';
export type { Cloud, HypervisorLabel } from './cloud.ts';
export { openDatabase } from './db/database.ts';
export { type Postgres, type PostgresOptions, startPostgres } from './db/embedded.ts';
export { type RunningServer, type ServerOptions, startServer } from './main.ts';
