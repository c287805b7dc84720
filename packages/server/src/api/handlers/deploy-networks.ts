import { isId, type ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import type { NicWish } from '../../orchestration/allocate-nic.ts';
import { notNameable } from '../entities.ts';
import type { Context } from '../handler.ts';

type Params = ParamsOf<'deployVirtualMachine'>;

/** The interfaces asked for, the default one first. @throws {CloudError} none can be chosen, or one may not be used. */
export async function networksFor(
  context: Context,
  params: Params,
  owner: { readonly accountId: string },
): Promise<readonly NicWish[]> {
  const wishes = params.iptonetworklist?.length ? params.iptonetworklist.map(wishOf) : wishesOf(params);
  const chosen = wishes ?? [await onlyNetwork(context.db, params, owner)];
  const [first, ...more] = chosen;
  const { ipaddress, macaddress } = params;
  const all = [{ ...first!, ...(ipaddress && { address: ipaddress }), ...(macaddress && { mac: macaddress }) }, ...more];
  const ids = all.map((w) => w.networkId);
  await checkNetworks(context, params.zoneid, ids);
  await refuseOthersNetworks(context.db, ids, owner);
  return all;
}

const wishesOf = ({ networkids }: Params): NicWish[] | undefined =>
  networkids?.length ? networkids.map((networkId) => ({ networkId })) : undefined;

function wishOf(entry: Readonly<Record<string, string>>): NicWish {
  const { networkid, ip, mac } = entry;
  if (!networkid || !isId(networkid))
    throw new CloudError('parameter', 'Each entry of iptonetworklist needs the networkid of a network.');
  return { networkId: networkid.toLowerCase(), ...(ip && { address: ip }), ...(mac && { mac }) };
}

/** What may be used without being named: the owner's own networks, and those for everybody. */
async function onlyNetwork(db: Database, { zoneid }: Params, { accountId }: { accountId: string }): Promise<NicWish> {
  const networks = await db
    .selectFrom('network')
    .select(['id', 'name'])
    .where('zone_id', '=', zoneid)
    .where('removed', 'is', null)
    .where('state', '<>', 'Destroy')
    .where(sql<boolean>`(acl_type = 'Domain' or account_id = ${accountId})`)
    .orderBy('created')
    .limit(2)
    .execute();
  if (networks.length === 0)
    throw new CloudError('parameter', 'The zone has no network that may be used. Create one first (createNetwork).');
  if (networks.length > 1)
    throw new CloudError(
      'parameter',
      `The zone has several networks (${networks.map((n) => n.name).join(', ')} …); name one in networkids.`,
    );
  return { networkId: networks[0]!.id };
}

/** @throws {CloudError} `account`: a network is of one account or project, and not of that to which the machine is to belong. */
async function refuseOthersNetworks(db: Database, ids: readonly string[], owner: { readonly accountId: string }): Promise<void> {
  const other = await db
    .selectFrom('network')
    .select('name')
    .where('id', 'in', ids)
    .where('acl_type', '=', 'Account')
    .where('account_id', '<>', owner.accountId)
    .executeTakeFirst();
  if (other)
    throw new CloudError(
      'account',
      `Network ${other.name} belongs to another account or project than the virtual machine is to belong to.`,
    );
}

async function checkNetworks(context: Context, zoneId: string, ids: readonly string[]): Promise<void> {
  const { db, caller, command } = context;
  if (new Set(ids).size !== ids.length)
    throw new CloudError('parameter', 'A network is named twice; a machine has one interface on each.');
  const [unknown] = await notNameable(db, 'network', ids, { caller, command, use: 'use' });
  if (unknown !== undefined) throw new CloudError('parameter', `There is no network ${unknown}, or it is not yours to use.`);
  const elsewhere = await db
    .selectFrom('network')
    .select('name')
    .where('id', 'in', ids)
    .where('zone_id', '<>', zoneId)
    .executeTakeFirst();
  if (elsewhere) throw new CloudError('parameter', `Network ${elsewhere.name} is in another zone.`);
}
