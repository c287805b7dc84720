import { randomUUID } from 'node:crypto';
import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { isDomainName } from '../../network/domain-name.ts';
import { parseCidr, parseIpv4 } from '../../network/ipv4.ts';
import { containing, having, meaning } from '../conditions.ts';
import { everything } from '../entities.ts';
import type { Caller, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { withTags } from '../tags.ts';
import { capacitiesBy } from './capacity.ts';
import { type Belonging, lock, markRemoved, refuse, refuseWhileUsed, whereTaken } from './rows.ts';

type Row = Awaited<ReturnType<typeof one>>;

/** The addresses of the installation's own networks are not for users: as CloudStack's restricted view has it. */
export const zoneResponse = (row: Row, { role }: Caller): ResponseOf<'listZones'> => ({
  id: row.id,
  name: row.name,
  networktype: row.network_type,
  allocationstate: row.allocation_state,
  securitygroupsenabled: row.security_groups_enabled,
  localstorageenabled: row.local_storage_enabled,
  ...(role === 'Admin' && addresses(row)),
  domain: row.domain,
  dhcpprovider: 'VirtualRouter',
  type: 'Core',
  tags: row.resource_tags,
});

const addresses = (row: Row): ResponseOf<'listZones'> => ({
  dns1: row.dns1,
  dns2: row.dns2,
  internaldns1: row.internal_dns1,
  internaldns2: row.internal_dns2,
  guestcidraddress: row.guest_cidr,
});

const belongings: readonly Belonging[] = [
  ['pod', 'zone_id', 'pod', 'pods'],
  ['network', 'zone_id', 'network', 'networks'],
  ['physical_network', 'zone_id', 'physical network', 'physical networks'],
  ['image_store', 'zone_id', 'image store', 'image stores'],
  ['storage_pool', 'zone_id', 'primary storage', 'primary storages'],
  ['virtual_machine', 'zone_id', 'virtual machine that was not expunged', 'virtual machines that were not expunged'],
];

export const zones = {
  async createZone({ db, caller }, params) {
    checkAddresses(params);
    const id = randomUUID();
    await db
      .insertInto('zone')
      .values({
        id,
        name: params.name,
        network_type: params.networktype,
        security_groups_enabled: params.securitygroupenabled,
        ...({ allocation_state: 'Disabled', local_storage_enabled: false } as const),
        ...columnsOf(params),
        dns1: params.dns1,
        internal_dns1: params.internaldns1,
      })
      .execute()
      .catch(taken(params.name));
    return zoneResponse(await one(db, id), caller);
  },

  async listZones(context, params) {
    const available = params.available === undefined ? undefined : params.available ? 'Enabled' : undefined;
    const query = context.db
      .selectFrom('zone')
      .selectAll()
      .where('removed', 'is', null)
      .where(having({ id: params.ids ?? params.id, name: params.name, allocation_state: available }))
      .where(context.caller.role === 'Admin' ? everything : sql<boolean>`zone.allocation_state = 'Enabled'`)
      .where(meaning({ network_type: params.networktype }))
      .where(containing(params.keyword, 'name'))
      .orderBy('created')
      .orderBy('id');
    const { count, rows } = await paged(context, params, 'zone', query);
    const { caller } = context;
    const capacity = await capacitiesBy(context, 'zone', rows, params.showcapacities && caller.role === 'Admin');
    const tagged = await withTags(context.db, rows);
    return { count, items: tagged.map((row) => ({ ...zoneResponse(row, caller), capacity: capacity.get(row.id) })) };
  },

  async updateZone({ db, caller }, params) {
    checkAddresses(params);
    await lock(db, 'zone', params.id);
    const columns = { ...columnsOf(params), ...(params.name !== undefined && { name: params.name }) };
    if (Object.keys(columns).length > 0)
      await db
        .updateTable('zone')
        .set(columns)
        .where('id', '=', params.id)
        .execute()
        .catch(taken(params.name ?? ''));
    return zoneResponse(await one(db, params.id), caller);
  },

  async deleteZone({ db }, { id }) {
    await lock(db, 'zone', id);
    await refuseWhileUsed(db, id, `The zone ${(await one(db, id)).name}`, belongings);
    await markRemoved(db, 'zone', id);
    return { success: true };
  },
} satisfies Handlers<'createZone' | 'listZones' | 'updateZone' | 'deleteZone'>;

async function one(db: Database, id: string) {
  const row = await db.selectFrom('zone').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  return (await withTags(db, [row]))[0]!;
}

const taken = (name: string) => whereTaken(`A zone named ${name} exists already. Choose another name.`);

type Common = Omit<ParamsOf<'updateZone'>, 'id' | 'name'>;

/** The columns of what was given; nothing for what was not. */
const columnsOf = (params: Partial<Common>) => ({
  ...(params.dns1 && { dns1: params.dns1 }),
  ...(params.dns2 !== undefined && { dns2: params.dns2 || null }),
  ...(params.internaldns1 && { internal_dns1: params.internaldns1 }),
  ...(params.internaldns2 !== undefined && { internal_dns2: params.internaldns2 || null }),
  ...(params.guestcidraddress !== undefined && { guest_cidr: params.guestcidraddress || null }),
  ...(params.domain !== undefined && { domain: params.domain || null }),
  ...(params.allocationstate !== undefined && { allocation_state: params.allocationstate }),
  ...(params.localstorageenabled !== undefined && { local_storage_enabled: params.localstorageenabled }),
});

function checkAddresses(params: Partial<Common>): void {
  for (const name of ['dns1', 'dns2', 'internaldns1', 'internaldns2'] as const)
    if (params[name] && parseIpv4(params[name]) === undefined) refuse(`${name}=${params[name]} is not an IPv4 address.`);
  const { guestcidraddress: cidr, domain } = params;
  if (domain && !isDomainName(domain)) refuse(`domain=${domain} is not a domain name.`);
  if (cidr && !parseCidr(cidr)) refuse(`guestcidraddress=${cidr} is not a network such as 10.1.1.0/24.`);
}
