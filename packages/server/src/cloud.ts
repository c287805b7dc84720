import type { Logger } from 'pino';
import type { Authority } from './accounts/authority.ts';
import type { Rates } from './accounts/rates.ts';
import type { Secrets } from './accounts/secrets.ts';
import type { Settings } from './accounts/settings.ts';
import type { SshIdentity } from './accounts/ssh-identity.ts';
import type { Database } from './db/database.ts';
import type { Agents } from './hosts/agents.ts';
import type { Programs } from './hosts/programs.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { ImageStores } from './storage/image-stores.ts';

/** A label that this installation accepts (`listHypervisors`), handed over by whoever composes it. */
export type HypervisorLabel = {
  /** `hypervisor` in the API. */
  readonly type: string;
  /** First three bytes of the MAC addresses of its guests, `aa:bb:cc`. */
  readonly macPrefix: string;
};

/** All that lives as long as the server does; handlers and sagas are functions of it. */
export type Cloud = {
  readonly db: Database;
  readonly log: Logger;
  readonly settings: Settings;
  readonly rates: Rates;
  readonly secrets: Secrets;
  readonly authority: Authority;
  readonly agents: Agents;
  readonly imageStores: ImageStores;
  readonly jobs: Jobs;
  /** What is copied to hosts that are added. */
  readonly programs: Programs;
  /** By which hosts are logged in to. */
  readonly sshIdentity: SshIdentity;
  readonly hypervisors: readonly HypervisorLabel[];
  /** Where agents reach this server, `https://HOST:PORT`. */
  readonly agentUrl: string;
  /** Where people reach it. */
  readonly url: string;
  readonly version: string;
  /** Aborted when this server begins to stop. */
  readonly stopping: AbortSignal;
};
