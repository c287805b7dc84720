import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import type { Run } from '../../orchestration/saga.ts';
import { certificateOfHost } from '../certificates/certificate-of-host.ts';
import type { Adding } from './adding.ts';
import { told } from './tell.ts';

/** Signs the host's own request: whatever that says of itself, it is made out to this host, by its name and its addresses. */
export const certify = told('sign its certificate', async (run: Run, adding: Adding): Promise<Partial<Adding>> => {
  const { address, hostname, addresses = [], guid, csr } = adding;
  if (!guid || !csr) throw new CloudError('internal', `The host at ${address} asked for no certificate.`);
  return { certificate: await certificateOfHost(run, csr, { guid, address, hostname, addresses }) };
});

/** No certificate of this host is good any more. */
export const revokeFor = (db: Database, guid: string): Promise<unknown> =>
  db.updateTable('certificate').set({ revoked: new Date() }).where('subject', '=', guid).where('revoked', 'is', null).execute();

/** Nobody may use what was signed for a host that was not added. */
export async function revoke({ db }: Run, { guid }: Adding): Promise<void> {
  if (guid) await revokeFor(db, guid);
}
