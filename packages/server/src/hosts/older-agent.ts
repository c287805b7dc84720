import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import type { StoredFacts } from './host-row.ts';
import { refusalKind } from './refusals.ts';

/** An agent's refusal; one that does not know what it was asked for is named, with its version. */
export async function sayingWhoIsOlder(db: Database, hostId: string, method: string, error: unknown): Promise<unknown> {
  if (!(error instanceof CloudError) || refusalKind(error) !== 'unknown-method') return error;
  const host = await db.selectFrom('host').select(['name', 'facts']).where('id', '=', hostId).executeTakeFirst();
  const { agentVersion = 'unknown' } = (host?.facts ?? {}) as Partial<StoredFacts>;
  const forAdmins = `The agent of host ${host?.name ?? hostId} is of version ${agentVersion} and does not know ${method} yet. Copy the agent of this server to the host and restart it (docs/hosts.md).`;
  return new CloudError(error.kind, error.message, { cause: error, detail: error.detail, forAdmins });
}
