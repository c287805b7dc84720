import type { ResponseOf } from '@virtstack/contract';
import { type Selectable, sql } from 'kysely';
import type { Tables } from '../../db/schema.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';

type Row = Selectable<Tables['network_offering']>;
type Services = NonNullable<ResponseOf<'listNetworkOfferings'>['service']>;

/** An offering's services, as it and its networks show them. */
export const servicesResponse = (services: Row['services']): Services =>
  Object.entries(services).map(([name, providers]) => ({
    name,
    provider: providers.map((provider) => ({ name: provider })),
    capability: [],
  }));

export const networkOfferingResponse = (row: Row): ResponseOf<'listNetworkOfferings'> => ({
  id: row.id,
  name: row.name,
  displaytext: row.display_text,
  guestiptype: row.guest_ip_type,
  traffictype: row.traffic_type,
  state: row.state,
  availability: row.availability,
  isdefault: row.is_default,
  specifyvlan: row.specify_vlan,
  specifyipranges: row.specify_ip_ranges,
  conservemode: true,
  ispersistent: false,
  forvpc: false,
  egressdefaultpolicy: false,
  // clients look it up and fail where it is absent
  serviceofferingid: '',
  service: servicesResponse(row.services),
  internetprotocol: 'IPv4',
  created: row.created,
});

/** True for offerings (or networks with their offering) that have all the services. */
export const offering = (services: readonly string[] | undefined, column: string) =>
  services === undefined ? sql<boolean>`true` : sql<boolean>`${sql.ref(column)} ?& ${services}`;

export const networkOfferings = {
  async listNetworkOfferings(context, params) {
    const sourceNat = params.sourcenatsupported;
    const query = context.db
      .selectFrom('network_offering')
      .selectAll()
      .where('removed', 'is', null)
      .where(having({ id: params.id, name: params.name, display_text: params.displaytext, is_default: params.isdefault }))
      .where(having({ specify_vlan: params.specifyvlan, specify_ip_ranges: params.specifyipranges }))
      .where(meaning({ traffic_type: params.traffictype, guest_ip_type: params.guestiptype, state: params.state }))
      .where(meaning({ availability: params.availability }))
      .where(offering(params.supportedservices, 'services'))
      .where(sourceNat === undefined ? sql<boolean>`true` : sql<boolean>`services ? 'SourceNat' = ${sourceNat}`)
      .where(sql<boolean>`${params.forvpc !== true}`)
      .where(containing(params.keyword, 'name', 'display_text'))
      .orderBy('created')
      .orderBy('state', 'desc')
      .orderBy('name')
      .orderBy('id');
    const { count, rows } = await paged(context, params, 'network_offering', query);
    return { count, items: rows.map(networkOfferingResponse) };
  },
} satisfies Handlers<'listNetworkOfferings'>;
