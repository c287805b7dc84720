import { sql } from 'kysely';
import type { Run } from '../../orchestration/saga.ts';
import { knownHostKey } from '../ssh/host-keys.ts';
import { openShell, type Shell } from '../ssh/shell.ts';

/** A host that is being added over SSH: what its job carries. */
export type Adding = {
  readonly hostId: string;
  readonly address: string;
  readonly port: number;
  readonly username: string;
  /** Sealed, base64; it goes with the job. */
  readonly password?: string;
  readonly clusterId: string;
  readonly hypervisor: string;
  readonly tags: readonly string[];
  readonly resourceState: string;
  /** Nobody had logged in there before. */
  readonly newKey?: boolean;
  /** Where its programs are until it is prepared. */
  readonly node?: string;
  readonly agent?: string;
  readonly hostname?: string;
  readonly addresses?: readonly string[];
  readonly guid?: string;
  readonly csr?: string;
  readonly certificate?: string;
};

/** What the password of a host that is being added is sealed for. */
export const passwordPurpose = (hostId: string): string => `password of host ${hostId}`;

const shells = new WeakMap<Run, Shell>();

/** The run's connection to the host, made when it is first needed, and again when it broke. @throws {CloudError} why not, and what to do */
export async function shellOf(run: Run, adding: Adding): Promise<Shell> {
  const open = shells.get(run);
  if (open && !open.lost.aborted) return open;
  const { address, port, username } = adding;
  const password = adding.password && run.secrets.open(Buffer.from(adding.password, 'base64'), passwordPurpose(adding.hostId));
  const known = await knownHostKey(run.db, address, port);
  const options = { privateKey: run.sshIdentity.privateKey, known, signal: run.signal };
  const shell = await openShell({ address, port, username, ...(password && { password }) }, options);
  shells.set(run, shell);
  return shell;
}

/** When the job has ended, however it did: no connection is left, and no password. */
export async function forgetWay(run: Run): Promise<void> {
  shells.get(run)?.close();
  await run.db.updateTable('job').set({ state: sql<string>`state - 'password'` }).where('id', '=', run.jobId).execute();
}
