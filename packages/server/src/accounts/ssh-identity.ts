import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Secrets } from './secrets.ts';
import { freshKeyPair } from './ssh-key.ts';

/** The key by which this installation's servers log in to hosts: OpenSSH's forms. */
export type SshIdentity = { readonly publicKey: string; readonly privateKey: string };

const secret = 'ssh.privatekey';
/** The setting in which admins read the public half. */
export const publicKeySetting = 'ssh.publickey';

/** Opens the key; the first server makes it. The private half lies sealed in the database. */
export async function openSshIdentity(db: Database, secrets: Secrets): Promise<SshIdentity> {
  const row = (await stored(db)) ?? (await made(db, secrets));
  return { publicKey: row.public_key, privateKey: secrets.open(row.value, secret) };
}

const stored = (db: Database) =>
  db
    .selectFrom('server_secret')
    .innerJoin('setting', (join) => join.on('setting.name', '=', publicKeySetting).on('setting.scope', '=', 'global'))
    .select(['server_secret.value', 'setting.value as public_key'])
    .where('server_secret.name', '=', secret)
    .executeTakeFirst();

/** Where another server was faster, its one counts: the second waits here for the first one's commit. */
async function made(db: Database, secrets: Secrets): Promise<{ value: Buffer; public_key: string }> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${secret}, 0))`.execute(tx);
    if (await stored(tx)) return;
    const { line, privateKey } = freshKeyPair('virtstack');
    await tx
      .insertInto('server_secret')
      .values({ name: secret, value: secrets.seal(privateKey, secret) })
      .execute();
    await tx.insertInto('setting').values({ name: publicKeySetting, scope: 'global', scope_id: '', value: line }).execute();
  });
  return (await stored(db))!;
}
