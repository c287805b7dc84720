import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';

const longestUserData = 1_048_576;

/** A host name: letters, digits and hyphens, a letter first. @throws {CloudError} */
export function hostNameOf(name: string | undefined, otherwise: string): string {
  if (name === undefined) return otherwise;
  if (!/^[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(name))
    throw new CloudError(
      'parameter',
      `"${name}" cannot be a host name: at most 63 letters, digits and hyphens, beginning with a letter and not ending with a hyphen. Any text may be the displayname.`,
    );
  return name;
}

/** @throws {CloudError} the account has another machine of that name: names are host names. `except` is the machine that is to be called so. */
export async function refuseTakenName(db: Database, accountId: string, name: string, except?: string): Promise<void> {
  // One after another within an account: two at the same moment would each find the name free. Not by its row, of which both may have a share already.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`machine names of ${accountId}`}, 0))`.execute(db);
  let others = db
    .selectFrom('virtual_machine')
    .select('id')
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .where('removed', 'is', null)
    .where('state', 'not in', ['Error', 'Destroyed', 'Expunging']);
  if (except) others = others.where('id', '<>', except);
  if (await others.executeTakeFirst())
    throw new CloudError('parameter', `The account has a virtual machine named ${name} already; names are host names.`);
}

/** User data as it is kept, base64. @throws {CloudError} it is no base64, no text, or too long. */
export function checkedUserData(text: string): string | null {
  // What came through a URL may have lost its plus signs and padding.
  const base64 = text.replaceAll(' ', '+').replaceAll('-', '+').replaceAll('_', '/');
  if (base64 === '') return null;
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}$/.test(base64)) throw new CloudError('parameter', 'userdata is not base64.');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > longestUserData)
    throw new CloudError('parameter', `userdata has ${bytes.length} bytes decoded; at most ${longestUserData} are kept.`);
  return bytes.toString('base64');
}

/** Details of a machine or a template; those of which the meaning is not ours are kept as they are given. @throws {CloudError} too long, or not for users. */
export function checkDetails(details: Readonly<Record<string, string>> | undefined, admin: boolean): void {
  for (const [name, value] of Object.entries(details ?? {})) {
    if (name.length > 255 || value.length > 4096)
      throw new CloudError('parameter', 'A detail has a name of more than 255 or a value of more than 4096 characters.');
    if (!admin && /^extraconfig/i.test(name)) throw new CloudError('parameter', `The detail ${name} is not for users.`);
  }
}

/** SSH keys by name, as the account has them. @throws {CloudError} there is none of a name. */
export async function keysOf(
  db: Database,
  { accountId }: { readonly accountId: string },
  names: readonly string[],
): Promise<readonly { name: string; public_key: string }[]> {
  const wanted = [...new Set(names)];
  if (wanted.length === 0) return [];
  const keys = await db
    .selectFrom('ssh_key_pair')
    .select(['name', 'public_key'])
    .where('account_id', '=', accountId)
    .where('name', 'in', wanted)
    .execute();
  return wanted.map((name) => {
    const key = keys.find((k) => k.name === name);
    if (!key) throw new CloudError('parameter', `A key pair with name '${name}' was not found in the account.`);
    return key;
  });
}
