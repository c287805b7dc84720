import { randomUUID } from 'node:crypto';
import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import type { Database } from '../../db/database.ts';
import { cidrOf, formatRange, type Range } from '../../network/ipv4.ts';
import { overlapping, readSubnet, type Subnet } from '../../network/subnet.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { capacitiesBy } from './capacity.ts';
import { type Belonging, lock, markRemoved, refuse, refuseWhileUsed, whereTaken } from './rows.ts';

const select = (db: Database) =>
  db
    .selectFrom('pod')
    .innerJoin('zone', 'zone.id', 'pod.zone_id')
    .selectAll('pod')
    .select('zone.name as zone_name')
    .where('pod.removed', 'is', null);
type Row = Awaited<ReturnType<typeof one>>;
const one = (db: Database, id: string) => select(db).where('pod.id', '=', id).executeTakeFirstOrThrow();

export const podResponse = (row: Row): ResponseOf<'listPods'> => ({
  id: row.id,
  name: row.name,
  zoneid: row.zone_id,
  zonename: row.zone_name,
  allocationstate: row.allocation_state,
  ...addressFields(row),
});

/** A pod without a management network of its own (this version has no system VMs that would need one) shows no addresses. */
function addressFields(row: Row): Partial<ResponseOf<'listPods'>> {
  const range = subnetOfRow(row);
  if (!range) return { startip: [], endip: [], ipranges: [] };
  const { gateway, netmask, start_ip: startip } = row;
  const endip = row.end_ip ?? startip;
  const cidr = cidrOf(range.gateway, range.prefix);
  return {
    ...{ gateway, netmask, startip: [startip], endip: [endip], forsystemvms: ['0'], vlanid: ['untagged'] },
    ipranges: [{ gateway, cidr, startip, endip, forsystemvms: '0' }],
  };
}

const belongings: readonly Belonging[] = [
  ['cluster', 'pod_id', 'cluster', 'clusters'],
  ['host', 'pod_id', 'host', 'hosts'],
  ['storage_pool', 'pod_id', 'primary storage', 'primary storages'],
];

export const pods = {
  async createPod({ db }, params) {
    await lock(db, 'zone', params.zoneid);
    const id = randomUUID();
    const addresses = addressColumns(params);
    await refuseOverlap(db, params.zoneid, id, subnetOfRow(addresses));
    const { name, zoneid: zone_id, allocationstate: allocation_state = 'Enabled' } = params;
    await db
      .insertInto('pod')
      .values({ id, name, zone_id, allocation_state, ...addresses })
      .execute()
      .catch(taken(name));
    return podResponse(await one(db, id));
  },

  async listPods(context, params) {
    const query = select(context.db)
      .where(having({ 'pod.id': params.id, 'pod.name': params.name, 'pod.zone_id': params.zoneid }))
      .where(meaning({ 'pod.allocation_state': params.allocationstate }))
      .where(containing(params.keyword, 'pod.name'))
      .orderBy('pod.created')
      .orderBy('pod.id');
    const { count, rows } = await paged(context, params, 'pod', query);
    const capacity = await capacitiesBy(context, 'pod', rows, params.showcapacities);
    return { count, items: rows.map((row) => ({ ...podResponse(row), capacity: capacity.get(row.id) })) };
  },

  async updatePod({ db }, params) {
    await lock(db, 'pod', params.id);
    const old = await one(db, params.id);
    const addresses = addressColumns({
      gateway: params.gateway ?? old.gateway,
      netmask: params.netmask ?? old.netmask,
      startip: params.startip ?? old.start_ip,
      endip: params.endip ?? old.end_ip ?? '',
    });
    await refuseOverlap(db, old.zone_id, old.id, subnetOfRow(addresses));
    const { name = old.name, allocationstate: allocation_state = old.allocation_state } = params;
    await db
      .updateTable('pod')
      .set({ name, allocation_state, ...addresses })
      .where('id', '=', params.id)
      .execute()
      .catch(taken(name));
    return podResponse(await one(db, params.id));
  },

  async deletePod({ db }, { id }) {
    await lock(db, 'pod', id);
    await refuseWhileUsed(db, id, `The pod ${(await one(db, id)).name}`, belongings);
    await markRemoved(db, 'pod', id);
    return { success: true };
  },
} satisfies Handlers<'createPod' | 'listPods' | 'updatePod' | 'deletePod'>;

const taken = (name: string) => whereTaken(`The zone has a pod named ${name} already. Choose another name.`);

type Addresses = Pick<ParamsOf<'createPod'>, 'gateway' | 'netmask' | 'startip' | 'endip'>;
type AddressColumns = { gateway: string; netmask: string; start_ip: string; end_ip: string | null };

/** All of a management network or nothing of it. */
function addressColumns({ gateway = '', netmask = '', startip = '', endip = '' }: Addresses): AddressColumns {
  if (!gateway && !netmask && !startip && !endip) return { gateway, netmask, start_ip: '', end_ip: null };
  for (const [name, value] of Object.entries({ gateway, netmask, startip }))
    if (!value) refuse(`${name} is missing: the management network of a pod needs gateway, netmask and startip.`);
  const read = readSubnet({ gateway, netmask, startip, endip: endip || startip });
  if ('problem' in read) refuse(`The management network of the pod makes no sense: ${read.problem}.`);
  return { gateway, netmask, start_ip: startip, end_ip: endip || null };
}

function subnetOfRow({ gateway, netmask, start_ip, end_ip }: AddressColumns): Subnet | undefined {
  const read = readSubnet({ gateway, netmask, startip: start_ip, endip: end_ip || start_ip });
  return 'subnet' in read ? read.subnet : undefined;
}

async function refuseOverlap(db: Database, zoneId: string, podId: string, subnet: Subnet | undefined): Promise<void> {
  if (!subnet) return;
  const rows = await db
    .selectFrom('pod')
    .selectAll()
    .where('zone_id', '=', zoneId)
    .where('id', '<>', podId)
    .where('removed', 'is', null)
    .execute();
  const others = rows.flatMap((row): { name: string; range: Range }[] => {
    const usable = subnetOfRow(row)?.usable;
    return usable ? [{ name: row.name, range: usable }] : [];
  });
  const other = overlapping(subnet.usable, others);
  if (other)
    refuse(`The addresses ${formatRange(subnet.usable)} overlap with ${formatRange(other.range)} of the pod ${other.name}.`);
}
