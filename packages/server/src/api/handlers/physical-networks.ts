import { randomUUID } from 'node:crypto';
import { networkLabelOf, type ParamsOf, type ResponseOf } from '@virtstack/contract';
import type { Selectable } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import { containing, having } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { lock, markRemoved, refuse, refuseWhileUsed } from './rows.ts';

const select = (db: Database) =>
  db
    .selectFrom('physical_network')
    .innerJoin('zone', 'zone.id', 'physical_network.zone_id')
    .selectAll('physical_network')
    .select('zone.name as zone_name')
    .where('physical_network.removed', 'is', null);
const one = (db: Database, id: string) => select(db).where('physical_network.id', '=', id).executeTakeFirstOrThrow();
type TrafficType = Selectable<Tables['traffic_type']>;

export const physicalNetworkResponse = (row: Awaited<ReturnType<typeof one>>): ResponseOf<'listPhysicalNetworks'> => ({
  id: row.id,
  name: row.name,
  zoneid: row.zone_id,
  zonename: row.zone_name,
  state: row.state,
  broadcastdomainrange: 'ZONE',
  vlan: row.vlan,
  isolationmethods: row.isolation_methods.join(','),
  tags: row.tags.join(','),
});

export const trafficTypeResponse = (row: TrafficType): ResponseOf<'listTrafficTypes'> => ({
  id: row.id,
  traffictype: row.traffic_type,
  physicalnetworkid: row.physical_network_id,
  ...Object.fromEntries(Object.entries(networkLabelOf).map(([type, field]) => [field, row.labels[type]])),
});

/** What the jobs of these commands answer; the commands themselves did all there was to do. */
export const physicalNetworkOf = async (db: Database, id: string) => physicalNetworkResponse(await one(db, id));
export const trafficTypeOf = async (db: Database, id: string) =>
  trafficTypeResponse(await db.selectFrom('traffic_type').selectAll().where('id', '=', id).executeTakeFirstOrThrow());

export const physicalNetworks = {
  async createPhysicalNetwork({ db }, params) {
    await lock(db, 'zone', params.zoneid);
    const { name, zoneid: zone_id, vlan = null, isolationmethods = ['VLAN'], tags = [] } = params;
    const other = isolationmethods.find((method) => method.toUpperCase() !== 'VLAN');
    if (other) refuse(`isolationmethods=${other}: this version has VLAN alone.`);
    if (vlan !== null) checkVlans(vlan);
    const id = randomUUID();
    // enabled at once: nothing has to be configured before it can be used
    const isolation_methods = isolationmethods.map((method) => method.toUpperCase());
    await db
      .insertInto('physical_network')
      .values({ id, zone_id, name, state: 'Enabled', vlan, isolation_methods, tags: [...tags] })
      .execute();
    return { saga: 'physical-network-created', state: { id }, instance: { type: 'PhysicalNetwork', id } };
  },

  async listPhysicalNetworks(context, params) {
    const query = select(context.db)
      .where(having({ 'physical_network.id': params.id, 'physical_network.name': params.name }))
      .where(having({ 'physical_network.zone_id': params.zoneid }))
      .where(containing(params.keyword, 'physical_network.name'))
      .orderBy('physical_network.created')
      .orderBy('physical_network.id');
    const { count, rows } = await paged(context, params, 'physical_network', query);
    return { count, items: rows.map(physicalNetworkResponse) };
  },

  async deletePhysicalNetwork({ db }, { id }) {
    await lock(db, 'physical_network', id);
    const { name } = await one(db, id);
    await refuseWhileUsed(db, id, `The physical network ${name}`, [['network', 'physical_network_id', 'network', 'networks']]);
    await db
      .updateTable('traffic_type')
      .set({ removed: new Date() })
      .where('physical_network_id', '=', id)
      .where('removed', 'is', null)
      .execute();
    await markRemoved(db, 'physical_network', id);
    return { saga: 'nothing-left-to-do', state: {}, instance: { type: 'PhysicalNetwork', id } };
  },

  async addTrafficType(context, params) {
    const { db } = context;
    const { physicalnetworkid: physical_network_id, traffictype: traffic_type } = params;
    await lock(db, 'physical_network', physical_network_id);
    const known = await ofPhysicalNetwork(db, physical_network_id).where('traffic_type', '=', traffic_type).executeTakeFirst();
    if (known)
      refuse(`The physical network carries ${traffic_type} traffic already. Delete that traffic type first to change its label.`);
    const id = randomUUID();
    const labels = JSON.stringify(await labelsOf(context, params));
    await db.insertInto('traffic_type').values({ id, physical_network_id, traffic_type, labels }).execute();
    return { saga: 'traffic-type-added', state: { id }, instance: { type: 'TrafficType', id } };
  },

  async listTrafficTypes(context, params) {
    const query = ofPhysicalNetwork(context.db, params.physicalnetworkid)
      .selectAll()
      .where(containing(params.keyword, 'traffic_type'))
      .orderBy('created')
      .orderBy('id');
    const { count, rows } = await paged(context, params, 'traffic_type', query);
    return { count, items: rows.map(trafficTypeResponse) };
  },

  async deleteTrafficType({ db }, { id }) {
    await lock(db, 'traffic_type', id);
    const row = await db.selectFrom('traffic_type').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    await lock(db, 'physical_network', row.physical_network_id);
    if (row.traffic_type === 'Guest')
      await refuseWhileUsed(db, row.physical_network_id, 'The Guest traffic of this physical network', [
        ['network', 'physical_network_id', 'network', 'networks'],
      ]);
    await markRemoved(db, 'traffic_type', id);
    return { saga: 'nothing-left-to-do', state: {}, instance: { type: 'TrafficType', id } };
  },
} satisfies Handlers<
  | 'createPhysicalNetwork'
  | 'listPhysicalNetworks'
  | 'deletePhysicalNetwork'
  | 'addTrafficType'
  | 'listTrafficTypes'
  | 'deleteTrafficType'
>;

const ofPhysicalNetwork = (db: Database, id: string) =>
  db.selectFrom('traffic_type').select('id').where('physical_network_id', '=', id).where('removed', 'is', null);

/** A bridge for each hypervisor type of the installation: the label given for it, else any that was given, else the cloud's own bridge. */
async function labelsOf(
  { hypervisors, settings }: Context,
  params: ParamsOf<'addTrafficType'>,
): Promise<Readonly<Record<string, string>>> {
  const given = Object.entries(networkLabelOf).flatMap(([type, name]) => (params[name] ? [[type, params[name]] as const] : []));
  for (const [type, bridge] of given)
    if (!/^[A-Za-z0-9_.-]{1,15}$/.test(bridge))
      refuse(`The label ${bridge} (for ${type}) is not a bridge’s name: at most 15 letters, digits and _ . -`);
  const fallback = given[0]?.[1] ?? (await settings.text('guest.bridge.own'));
  const own = new Map<string, string>(given);
  return Object.fromEntries(hypervisors.map(({ type }) => [type, own.get(type) ?? fallback]));
}

/** @throws {CloudError} it is not `100-200` or several of that, separated by commas. */
function checkVlans(text: string): void {
  for (const part of text.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    if (!(Number(first) >= 1 && Number(first) <= Number(last) && Number(last) <= 4094))
      refuse(`vlan=${text}: ${part} is not a range of VLANs. Write 100-200, from 1 to 4094.`);
  }
}
