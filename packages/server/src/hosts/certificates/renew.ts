import { PeerError } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Cloud } from '../../cloud.ts';
import type { Database } from '../../db/database.ts';
import { raiseAlertOnce } from '../alert.ts';
import type { StoredFacts } from '../host-row.ts';
import type { Identity } from '../identity.ts';
import { certificateOfHost } from './certificate-of-host.ts';

const dayMs = 86_400_000;
type Needed = Pick<Cloud, 'db' | 'authority' | 'settings'>;

export const liveHost = (db: Database, guid: string) =>
  db
    .selectFrom('host')
    .select(['id', 'guid', 'name', 'address', 'zone_id', 'facts', 'certificate_serial'])
    .where('guid', '=', guid)
    .where('removed', 'is', null)
    .executeTakeFirst();

/** Signs the request of a host of this cloud. @throws {PeerError} `not-wanted`: it is none, or admins renew by hand. */
export async function renewed(cloud: Needed, guid: string, { csr, asked }: { csr: string; asked: boolean }): Promise<string> {
  const host = await liveHost(cloud.db, guid);
  if (!host)
    throw new PeerError(
      'not-wanted',
      'Certificates are renewed of hosts that have been added. This one has not, or was removed.',
    );
  if (!asked && !(await cloud.settings.boolean('ca.framework.cert.automatic.renewal')))
    throw new PeerError(
      'not-wanted',
      'The setting ca.framework.cert.automatic.renewal is false: admins renew by provisionCertificate.',
    );
  const { hostname, addresses } = host.facts as StoredFacts;
  return certificateOfHost(cloud, csr, { guid, address: host.address, hostname, addresses });
}

/** It was issued to this host, and not revoked since. */
const isOnRecord = async (db: Database, guid: string, serial: string): Promise<boolean> =>
  (await db
    .selectFrom('certificate')
    .select('serial')
    .where('serial', '=', serial)
    .where('subject', '=', guid)
    .where('revoked', 'is', null)
    .executeTakeFirst()) !== undefined;

/**
 * Why a host with an expired certificate is not given a new one; nothing where it is. Its number must be on record: what the authority's key signs
 * otherwise is no host's. The admins are told once of a host that is known.
 */
export async function refusalOfExpired(
  cloud: Needed,
  { name, serial, ended }: Identity & { ended: Date },
): Promise<string | undefined> {
  const host = await liveHost(cloud.db, name);
  if (!host || !(await isOnRecord(cloud.db, name, serial))) return 'It is of no host of this cloud.';
  const days = await cloud.settings.number('ca.framework.cert.expired.grace.period');
  const automatic = await cloud.settings.boolean('ca.framework.cert.automatic.renewal');
  if (automatic && Date.now() - ended.getTime() <= days * dayMs) return undefined;
  const cause = automatic
    ? `that is longer ago than the ${days} days within which it is renewed (ca.framework.cert.expired.grace.period)`
    : 'and certificates are not renewed by themselves (ca.framework.cert.automatic.renewal)';
  const description = `The certificate of host ${host.name} ended on ${ended.toISOString()}, ${cause}. Its agent is refused until the setting allows it, or the host has another certificate (docs/hosts.md).`;
  await raiseAlertOnce(cloud.db, {
    type: 'CA_CERT',
    name: 'ALERT.CA.CERT',
    description,
    zoneId: host.zone_id,
    resourceId: host.id,
  });
  return description;
}

/** A host uses this certificate: those that were issued to it before are good no more. False: it is not on record as one of this host's. */
export async function useCertificate(
  db: Database,
  host: { readonly id: string; readonly guid: string },
  serial: string,
): Promise<boolean> {
  if (!(await isOnRecord(db, host.guid, serial))) return false;
  await db.transaction().execute(async (tx) => {
    await tx.updateTable('host').set({ certificate_serial: serial }).where('id', '=', host.id).execute();
    await tx
      .updateTable('certificate')
      .set({ revoked: sql<Date>`clock_timestamp()` })
      .where('subject', '=', host.guid)
      .where('revoked', 'is', null)
      .where(sql<boolean>`created < (select created from certificate where serial = ${serial})`)
      .execute();
  });
  return true;
}
