import type { ResponseOf } from '@virtstack/contract';
import type { Context, Handlers } from '../handler.ts';
import { pageOf } from '../page.ts';
import { type Counted, countCapacity } from './capacity-rows.ts';

type Capacity = ResponseOf<'listCapacity'>;
type Level = 'zone' | 'pod' | 'cluster';
const keys = { zone: 'zoneId', pod: 'podId', cluster: 'clusterId' } as const;

/** CloudStack's numbers and names of what is counted. */
const names: Readonly<Record<number, string>> = {
  0: 'MEMORY',
  1: 'CPU',
  2: 'STORAGE',
  3: 'STORAGE_ALLOCATED',
  6: 'SECONDARY_STORAGE',
  8: 'DIRECT_ATTACHED_PUBLIC_IP',
  9: 'LOCAL_STORAGE',
};

/** What each of the zones, pods or clusters that a list shows has, and what of it is used; nothing where `showcapacities` does not ask. */
export async function capacitiesBy(
  context: Context,
  level: Level,
  rows: readonly { readonly id: string }[],
  showcapacities: boolean | undefined,
): Promise<ReadonlyMap<string, Capacity[]>> {
  if (!showcapacities) return new Map();
  const ids = rows.map(({ id }) => id);
  const places = await placesOf(context);
  const wanted = new Set(ids);
  const counted = (await countCapacity(context)).filter((row) => wanted.has(row[keys[level]] ?? ''));
  const found = new Map<string, Capacity[]>(ids.map((id) => [id, []]));
  for (const row of sum(counted, level)) found.get(row[keys[level]]!)?.push(capacityResponse(row, level, places));
  return found;
}

export const capacity = {
  async listCapacity(context, params) {
    const level = params.clusterid ? 'cluster' : params.podid ? 'pod' : 'zone';
    const rows = (await countCapacity(context)).filter(
      (row) =>
        (params.zoneid === undefined || row.zoneId === params.zoneid) &&
        (params.podid === undefined || row.podId === params.podid) &&
        (params.clusterid === undefined || row.clusterId === params.clusterid) &&
        (params.type === undefined || row.type === params.type),
    );
    const places = await placesOf(context);
    const all = sum(rows, level).map((row) => capacityResponse(row, level, places));
    if (params.sortby) all.sort((a, b) => Number(b.percentused) - Number(a.percentused));
    const { offset, limit = all.length } = await pageOf(context, params);
    return { count: all.length, items: all.slice(offset, offset + limit) };
  },
} satisfies Handlers<'listCapacity'>;

/** One row for each kind of capacity of each place of that level, in the order of kinds. */
function sum(rows: readonly Counted[], level: Level): readonly Counted[] {
  const groups = Map.groupBy(rows, (row) => `${row[keys[level]]} ${row.type}`);
  const sums = [...groups.values()].map((group) => ({
    ...group[0]!,
    total: added(group, 'total'),
    used: added(group, 'used'),
    allocated: added(group, 'allocated'),
  }));
  return sums.sort((a, b) => (a.zoneId < b.zoneId ? -1 : a.zoneId > b.zoneId ? 1 : a.type - b.type));
}

const added = (rows: readonly Counted[], what: 'total' | 'used' | 'allocated'): number =>
  rows.reduce((total, row) => total + row[what], 0);

function capacityResponse(row: Counted, level: Level, places: ReadonlyMap<string, string>): Capacity {
  const { type, total, used, allocated, zoneId, podId, clusterId } = row;
  return {
    ...{ type, name: names[type], zoneid: zoneId, zonename: places.get(zoneId) },
    ...(level !== 'zone' && podId !== null && { podid: podId, podname: places.get(podId) }),
    ...(level === 'cluster' && clusterId !== null && { clusterid: clusterId, clustername: places.get(clusterId) }),
    ...{ capacitytotal: total, capacityused: used, capacityallocated: allocated },
    percentused: total === 0 ? '0' : ((100 * used) / total).toFixed(2),
  };
}

/** The names of all zones, pods and clusters. */
async function placesOf({ db }: Context): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('zone')
    .select(['id', 'name'])
    .unionAll(db.selectFrom('pod').select(['id', 'name']))
    .unionAll(db.selectFrom('cluster').select(['id', 'name']))
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}
