import type { X509Certificate } from 'node:crypto';
import type { HostReport } from '@virtstack/protocol';
import type { Logger } from 'pino';
import type { AgentConfig, Paths } from './config.ts';
import type { Consoles } from './console/consoles.ts';
import type { Epochs } from './epochs.ts';
import type { Guests } from './guests/guests.ts';
import type { LibvirtLink } from './libvirt-link.ts';
import type { Door } from './migration/door.ts';
import type { Moves } from './migration/moves.ts';
import type { Orders } from './orders.ts';
import type { ServerTls } from './server-tls.ts';
import type { KnownPools } from './storage/known-pools.ts';
import type { SharedWork } from './storage/shared-work.ts';
import type { Turns } from './turns.ts';

/** This host, as the actions see it. */
export type Host = {
  readonly config: AgentConfig;
  readonly log: Logger;
  readonly paths: Paths;
  readonly tls: () => Promise<ServerTls>;
  readonly libvirt: LibvirtLink;
  readonly guests: Guests;
  readonly consoles: Consoles;
  readonly epochs: Epochs;
  readonly turns: Turns;
  readonly orders: Orders;
  readonly pools: KnownPools;
  readonly fetches: SharedWork<void>;
  readonly moves: Moves;
  readonly door: Door;
  /** Has the server certify a new key at once. */
  readonly renewCertificate: () => Promise<X509Certificate>;
  readonly report: () => Promise<HostReport>;
  /** Ends what runs on beside the actions (consoles) when the agent stops. */
  readonly stop: AbortSignal;
};
