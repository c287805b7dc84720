import type { ApiClient } from './api-client.ts';
import type { Bundles } from './bundles.ts';
import type { Installation } from './options.ts';
import type { Paths } from './paths.ts';
import type { Supervisor } from './supervisor.ts';

/** A host that `up` adds to the cloud. */
export type NewHost = {
  /** Absent: it is the only one of its cluster. */
  readonly name?: string;
  readonly hypervisor: string;
  readonly cluster: string;
  readonly url: string;
  /** Where the server sets it up itself: whom it logs in as, with its own key. */
  readonly username?: string;
  /** Its local primary storage: the pool's name, and the directory on the host. */
  readonly pool: string;
  readonly primary: string;
};

export type StartedCloud = {
  readonly api: ApiClient;
  readonly paths: Paths;
  readonly chosen: Installation;
  readonly bundles: Bundles;
  readonly supervisor: Supervisor;
};

/** The machines on which a cloud's guests run, ready for their agents. */
export type Hosts = {
  readonly all: readonly NewHost[];
  /** They are taken without hardware acceleration too. */
  readonly emulation: boolean;
  /** Starts their agents, or makes them ready to be set up. */
  join(cloud: StartedCloud): Promise<void>;
  /** What was watched for the cloud is let go; the machines go on. */
  release(): void;
};

/** Makes the machines ready while the server is made ready. */
export type PrepareHosts = (paths: Paths, chosen: Installation) => Promise<Hosts>;
