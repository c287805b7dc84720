import { createHash } from 'node:crypto';
import type { Database } from '../../db/database.ts';

/** As OpenSSH shows it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** `ssh-ed25519`: the first field of a key in SSH's own form. */
export const keyType = (key: Buffer): string => key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');

/** The key that a host showed at the first log-in. */
export async function knownHostKey(db: Database, address: string, port: number): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('ssh_host_key')
    .select('key')
    .where('address', '=', address)
    .where('port', '=', port)
    .executeTakeFirst();
  return row?.key;
}

/** The first one counts: a later one is not remembered. */
export const rememberHostKey = (db: Database, address: string, port: number, key: Buffer): Promise<unknown> =>
  db
    .insertInto('ssh_host_key')
    .values({ address, port, key })
    .onConflict((conflict) => conflict.doNothing())
    .execute();

/** Whoever is at that address next may show another one. */
export const forgetHostKeys = (db: Database, address: string): Promise<unknown> =>
  db.deleteFrom('ssh_host_key').where('address', '=', address).execute();
