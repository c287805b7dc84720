import { randomUUID } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { freshKeyPair, type PublicKey, publicKey } from '../../accounts/ssh-key.ts';
import { CloudError } from '../../error.ts';
import { containing } from '../conditions.ts';
import { type Context, type Handlers, ownerColumns } from '../handler.ts';
import { paged } from '../page.ts';
import { whose } from './whose.ts';

type Naming = { readonly name: string };

export const sshKeys = {
  createSSHKeyPair: async (context, params) => {
    const pair = freshKeyPair(params.name);
    return { ...(await keep(context, params, pair)), privatekey: pair.privateKey };
  },
  registerSSHKeyPair: (context, params) => keep(context, params, publicKey(params.publickey)),
  listSSHKeyPairs: async (context, params) => {
    const { count, rows } = await paged(context, params, 'ssh_key_pair', matching(context, params), (query) =>
      query
        .innerJoin('account', 'account.id', 'ssh_key_pair.account_id')
        .innerJoin('domain', 'domain.id', 'ssh_key_pair.domain_id')
        .leftJoin('project', 'project.id', 'ssh_key_pair.project_id')
        .select(['ssh_key_pair.id', 'ssh_key_pair.name', 'fingerprint', 'ssh_key_pair.domain_id as domainid'])
        .select(['account.name as account', 'ssh_key_pair.project_id', 'project.name as project', 'domain.name as domain'])
        .orderBy('ssh_key_pair.created')
        .orderBy('ssh_key_pair.id'),
    );
    return { count, items: rows.map(shown) };
  },
  deleteSSHKeyPair: async ({ db, owner }, params) => {
    const gone = await db
      .deleteFrom('ssh_key_pair')
      .where('name', '=', params.name)
      .where('account_id', '=', owner.accountId)
      .executeTakeFirst();
    if (gone.numDeletedRows === 0n) throw new CloudError('parameter', `There is no SSH key ${params.name} in that account.`);
    return { success: true };
  },
} satisfies Handlers<'createSSHKeyPair' | 'registerSSHKeyPair' | 'listSSHKeyPairs' | 'deleteSSHKeyPair'>;

async function keep({ db, owner }: Context, params: Naming, key: PublicKey) {
  if (!/^[A-Za-z0-9][A-Za-z0-9._@ -]*$/.test(params.name))
    throw new CloudError(
      'parameter',
      'A key’s name consists of letters, digits, spaces and . _ @ -, and begins with a letter or a digit.',
    );
  const row = { id: randomUUID(), name: params.name, fingerprint: key.fingerprint, public_key: key.line };
  const made = await db
    .insertInto('ssh_key_pair')
    .values({ ...row, ...ownerColumns(owner) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows === 0n)
    throw new CloudError('parameter', `There is already an SSH key ${params.name} in that account.`);
  const names = await db
    .selectFrom('account')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .leftJoin('project', 'project.account_id', 'account.id')
    .select(['account.name as account', 'domain.name as domain', 'domain.id as domainid'])
    .select(['project.id as project_id', 'project.name as project'])
    .where('account.id', '=', owner.accountId)
    .executeTakeFirstOrThrow();
  return shown({ id: row.id, name: row.name, fingerprint: row.fingerprint, ...names });
}

type Row = { readonly account: string; readonly project_id: string | null; readonly project: string | null };
const shown = <R extends Row>({ account, project_id, project, ...row }: R) => ({
  ...row,
  ...whose({ account, project_id, project }),
});

function matching({ db }: Context, params: ParamsOf<'listSSHKeyPairs'>) {
  let query = db.selectFrom('ssh_key_pair');
  if (params.id !== undefined) query = query.where('ssh_key_pair.id', '=', params.id);
  if (params.name !== undefined) query = query.where('ssh_key_pair.name', '=', params.name);
  if (params.fingerprint !== undefined) query = query.where('fingerprint', '=', params.fingerprint);
  return query.where(containing(params.keyword, 'ssh_key_pair.name'));
}
