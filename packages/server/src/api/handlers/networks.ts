import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { displayPath } from '../../accounts/display-path.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Caller, Handlers } from '../handler.ts';
import { beside, lookUpInOrder, withBeside } from '../look-up.ts';
import { paged } from '../page.ts';
import { withoutOwner, withTags } from '../tags.ts';
import { createNetwork } from './create-network.ts';
import { offering, servicesResponse } from './network-offerings.ts';
import { whose } from './whose.ts';

const columns = [
  ...(['id', 'name', 'display_text', 'type', 'acl_type', 'state', 'created', 'gateway', 'netmask', 'cidr', 'vlan'] as const),
  ...(['dns1', 'dns2', 'network_domain', 'zone_id', 'physical_network_id', 'network_offering_id'] as const),
  ...(['account_id', 'domain_id', 'project_id'] as const),
] as const;

const besideNetworks = {
  network_offering_id: beside('network_offering', {
    ...{ offering_name: 'name', offering_text: 'display_text', availability: 'availability', services: 'services' },
    ...{ specify_vlan: 'specify_vlan', specify_ip_ranges: 'specify_ip_ranges' },
  }),
  zone_id: beside('zone', { zone_name: 'name', zone_dns1: 'dns1', zone_dns2: 'dns2' }),
  account_id: beside('account', { account: 'name' }),
  domain_id: beside('domain', { domain_name: 'name', domain_path: 'path' }),
  project_id: beside('project', { project: 'name' }),
} as const;

/** In the order of the ids. */
const networkRows = async (db: Database, ids: readonly string[]) =>
  withTags(db, await withBeside(db, await lookUpInOrder(db, 'network', columns, ids), besideNetworks));
type Row = Awaited<ReturnType<typeof networkRows>>[number];

export const networkResponse = (row: Row, { role }: Caller): ResponseOf<'listNetworks'> => ({
  id: row.id,
  name: row.name,
  displaytext: row.display_text,
  type: row.type,
  state: row.state,
  traffictype: 'Guest',
  broadcastdomaintype: 'Vlan',
  ...(role === 'Admin' && { broadcasturi: `vlan://${row.vlan}`, vlan: row.vlan, physicalnetworkid: row.physical_network_id }),
  zoneid: row.zone_id,
  zonename: row.zone_name,
  networkofferingid: row.network_offering_id,
  networkofferingname: row.offering_name,
  networkofferingdisplaytext: row.offering_text,
  networkofferingavailability: row.availability,
  networkofferingconservemode: true,
  gateway: row.gateway,
  netmask: row.netmask,
  cidr: row.cidr,
  dns1: row.dns1 ?? row.zone_dns1,
  dns2: row.dns1 ? row.dns2 : row.zone_dns2,
  networkdomain: row.network_domain,
  acltype: row.acl_type,
  subdomainaccess: row.acl_type === 'Domain',
  specifyvlan: row.specify_vlan,
  specifyipranges: row.specify_ip_ranges,
  ...constants,
  related: row.id,
  tags: row.acl_type === 'Account' || role === 'Admin' ? row.resource_tags : row.resource_tags.map(withoutOwner),
  service: servicesResponse(row.services),
  created: row.created,
  ...(row.acl_type === 'Account' && whose(row)),
  domainid: row.domain_id,
  domain: row.domain_name,
  domainpath: displayPath(row.domain_path),
});

const constants = {
  canusefordeploy: true,
  restartrequired: false,
  ispersistent: false,
  isdefault: false,
  issystem: false,
  displaynetwork: true,
  strechedl2subnet: false,
  redundantrouter: false,
} as const;

export const networks = {
  async createNetwork(context, params) {
    const [row] = await networkRows(context.db, [await createNetwork(context, params)]);
    return networkResponse(row!, context.caller);
  },

  async listNetworks(context, params) {
    const { db, caller } = context;
    const none =
      params.vpcid !== undefined ||
      params.forvpc ||
      params.issystem ||
      params.restartrequired ||
      params.canusefordeploy === false;
    const query = db
      .selectFrom('network')
      .where('network.removed', 'is', null)
      .where(sql<boolean>`${!none}`)
      .where(having({ 'network.id': params.id, 'network.name': params.name, 'network.zone_id': params.zoneid }))
      .where(
        having({
          'network.physical_network_id': params.physicalnetworkid,
          'network.network_offering_id': params.networkofferingid,
        }),
      )
      .where(meaning({ 'network.type': params.type, 'network.acl_type': params.acltype }))
      .where(ofOffering(params))
      .where(containing(params.keyword, 'network.name'));
    const { count, rows } = await paged(
      context,
      params,
      'network',
      query,
      (found) => found.select('network.id').orderBy('network.created').orderBy('network.id'),
      'network',
    );
    const shown = await networkRows(
      db,
      rows.map(({ id }) => id),
    );
    return { count, items: shown.map((row) => networkResponse(row, caller)) };
  },

  async deleteNetwork({ db }, { id }) {
    const { n } = await db
      .selectFrom('nic')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('network_id', '=', id)
      .where('removed', 'is', null)
      .executeTakeFirstOrThrow();
    if (n > 0)
      throw new CloudError(
        'in-use',
        `The network cannot be deleted: ${n} virtual ${n === 1 ? 'machine is' : 'machines are'} on it. Expunge them first.`,
      );
    return { saga: 'delete-network', state: { networkId: id }, subject: id, instance: { type: 'Network', id } };
  },
} satisfies Handlers<'createNetwork' | 'listNetworks' | 'deleteNetwork'>;

/** Of an offering with these properties; most lists ask for none. */
function ofOffering({
  specifyipranges,
  traffictype,
  supportedservices,
}: Pick<ParamsOf<'listNetworks'>, 'specifyipranges' | 'traffictype' | 'supportedservices'>): RawBuilder<boolean> {
  if (specifyipranges === undefined && traffictype === undefined && supportedservices === undefined) return sql<boolean>`true`;
  return sql<boolean>`network.network_offering_id in (select id from network_offering where ${having({ specify_ip_ranges: specifyipranges })}
    and ${meaning({ traffic_type: traffictype })} and ${offering(supportedservices, 'services')})`;
}
