import { sql } from 'kysely';
import type { Authority } from '../../accounts/authority.ts';
import type { Database } from '../../db/database.ts';
import type { CertificateAndKey } from '../../http/own-certificate.ts';
import { aliveServers, type Presence } from '../../jobs/presence.ts';

/** What the certificates say that servers show each other. Nobody is given another with this word. */
export const serverOrganization = 'virtstack server';
const days = 30;
const freshMs = (days / 2) * 86_400_000;

type Issued = { readonly seat: string; readonly at: number; readonly made: Promise<CertificateAndKey> };

/**
 * By what this server is known to the others: a certificate that names its seat, whose key is in memory alone. With the seat it becomes worthless. Answers
 * how to get it.
 */
export function identified(authority: Authority, presence: Presence): () => Promise<CertificateAndKey> {
  let issued: Issued | undefined;
  return () => {
    const { id: seat } = presence;
    if (issued?.seat !== seat || Date.now() - issued.at > freshMs) {
      const subject = { commonName: seat, organization: serverOrganization, names: [], addresses: [], days };
      const made = authority.issue(subject);
      issued = { seat, at: Date.now(), made };
      made.catch(() => (issued = undefined));
    }
    return issued.made;
  };
}

/** Whether a server is alive: one that is not has no business here, whoever shows its certificate. */
export async function isAlive(db: Database, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('server')
    .select('number')
    .where('id', '=', id)
    .where(sql<boolean>`number in ${aliveServers}`)
    .executeTakeFirst();
  return row !== undefined;
}
