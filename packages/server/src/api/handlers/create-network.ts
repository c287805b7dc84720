import { randomUUID } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import { CloudError } from '../../error.ts';
import { isDomainName } from '../../network/domain-name.ts';
import { cidrOf, parseIpv4 } from '../../network/ipv4.ts';
import { readSubnet } from '../../network/subnet.ts';
import { type Context, ownerColumns } from '../handler.ts';
import { type GuestNetwork, guestNetwork, refuseCollision } from './guest-network.ts';
import { lock, refuse } from './rows.ts';

type Params = ParamsOf<'createNetwork'>;

/** Writes a shared network after checking that it can work; answers its id. Hosts hear of it when they need it. */
export async function createNetwork(context: Context, params: Params): Promise<string> {
  const { db } = context;
  const offering = await offeringOf(context, params.networkofferingid);
  checkNames(params);
  await lock(db, 'zone', params.zoneid);
  const addresses = addressColumns(params);
  const physical = await guestNetwork(db, params);
  const usable = { first: parseIpv4(addresses.start_ip)!, last: parseIpv4(addresses.end_ip)! };
  await refuseCollision(db, physical, usable, params.bypassvlanoverlapcheck ?? false);
  const id = randomUUID();
  const owned = await ownership(context, params);
  const { name, displaytext, zoneid: zone_id, dns1 = null, dns2 = null } = params;
  await db
    .insertInto('network')
    .values({
      ...{ id, name, display_text: displaytext || name, zone_id, physical_network_id: physical.id, dns1, dns2 },
      ...{ network_offering_id: offering.id, type: offering.guest_ip_type, state: 'Setup', vlan: 'untagged' },
      ...addresses,
      ...owned,
      network_domain: params.networkdomain || (await networkDomainOf(context, owned, zone_id)),
      own_bridge: await isOwn(context, physical),
    })
    .execute();
  return id;
}

async function offeringOf({ db, caller }: Context, id: string): Promise<Selectable<Tables['network_offering']>> {
  const offering = await db.selectFrom('network_offering').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const { name, guest_ip_type: type } = offering;
  if (offering.state !== 'Enabled')
    throw new CloudError(
      'unsupported',
      `The offering ${name} makes ${type} networks, which this version does not have. Use DefaultSharedNetworkOffering.`,
    );
  if (caller.role !== 'Admin') throw new CloudError('unsupported', `Only an admin may create ${type} networks.`);
  return offering;
}

function addressColumns({ gateway = '', netmask = '', startip = '', endip = startip }: Params) {
  const read = readSubnet({ gateway, netmask, startip, endip });
  if ('problem' in read) return refuse(`The network makes no sense: ${read.problem}.`);
  return { gateway, netmask, start_ip: startip, end_ip: endip, cidr: cidrOf(read.subnet.gateway, read.subnet.prefix) };
}

/** Everybody's (acltype=Domain), or one account's. */
async function ownership(context: Context, params: Params) {
  const usual = context.owner.projectId === null ? 'Domain' : 'Account';
  const { acltype: acl_type = usual, account, domainid = context.caller.domainId } = params;
  if (acl_type === 'Domain' && account !== undefined)
    refuse('account goes with acltype=Account: a network of acltype=Domain is everybody’s.');
  if (acl_type === 'Domain' && context.owner.projectId !== null)
    refuse('projectid goes with acltype=Account: a network of acltype=Domain is everybody’s.');
  if (acl_type === 'Domain' && (await pathOf(context.db, domainid)) !== '/')
    refuse(
      'domainid: in this version a network of acltype=Domain is every domain’s. Leave domainid out, or use acltype=Account with an account.',
    );
  return { acl_type, ...ownerColumns(context.owner) };
}

const pathOf = async (db: Database, domainId: string): Promise<string> =>
  (await db.selectFrom('domain').select('path').where('id', '=', domainId).executeTakeFirstOrThrow()).path;

type Owned = Awaited<ReturnType<typeof ownership>>;

/**
 * The names of guests end with it where the network says nothing: what the account says, or the nearest domain around it that says something, or the zone, or
 * the setting. A network that is a whole domain's is nothing of the account that made it.
 */
async function networkDomainOf(
  { db, settings }: Context,
  { acl_type, account_id, domain_id }: Owned,
  zoneId: string,
): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select coalesce(
      (select network_domain from account where id = ${account_id} and ${acl_type === 'Account'}),
      (select around.network_domain from domain around join domain d on starts_with(d.path, around.path)
        where d.id = ${domain_id} and around.network_domain is not null and around.removed is null order by around.level desc limit 1),
      (select domain from zone where id = ${zoneId})) as name`.execute(db);
  return rows[0]!.name || settings.text('guest.domain.suffix', { scope: 'zone', id: zoneId });
}

/** Whether hosts make the bridge themselves: it bears the name that the setting reserves for that, on hosts of every type. */
async function isOwn({ settings }: Context, { bridges }: GuestNetwork): Promise<boolean> {
  const own = await settings.text('guest.bridge.own');
  return bridges.length > 0 && bridges.every((bridge) => bridge === own);
}

function checkNames({ dns1, dns2, networkdomain, vlan = 'untagged' }: Params): void {
  for (const [name, address] of Object.entries({ dns1, dns2 }))
    if (address && parseIpv4(address) === undefined) refuse(`${name}=${address} is not an IPv4 address.`);
  if (networkdomain && !isDomainName(networkdomain)) refuse(`networkdomain=${networkdomain} is not a domain name.`);
  if (vlan.toLowerCase() !== 'untagged')
    refuse(
      `vlan=${vlan}: this version puts a network onto the bridge that its physical network names, and does not tag. Make a bridge on that VLAN on the hosts, name it as the label of a physical network, and use vlan=untagged.`,
    );
}
