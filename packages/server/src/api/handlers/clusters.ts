import { randomUUID } from 'node:crypto';
import type { ResponseOf } from '@virtstack/contract';
import type { Database } from '../../db/database.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { capacitiesBy } from './capacity.ts';
import { hypervisorNamed } from './hypervisors.ts';
import { type Belonging, lock, markRemoved, refuse, refuseWhileUsed, whereTaken } from './rows.ts';

const select = (db: Database) =>
  db
    .selectFrom('cluster')
    .innerJoin('zone', 'zone.id', 'cluster.zone_id')
    .innerJoin('pod', 'pod.id', 'cluster.pod_id')
    .selectAll('cluster')
    .select(['zone.name as zone_name', 'pod.name as pod_name'])
    .where('cluster.removed', 'is', null);
type Row = Awaited<ReturnType<typeof one>>;
const one = (db: Database, id: string) => select(db).where('cluster.id', '=', id).executeTakeFirstOrThrow();

export async function clusterResponse({ settings }: Context, row: Row): Promise<ResponseOf<'listClusters'>> {
  const scope = { scope: 'cluster', id: row.id } as const;
  return {
    id: row.id,
    name: row.name,
    zoneid: row.zone_id,
    zonename: row.zone_name,
    podid: row.pod_id,
    podname: row.pod_name,
    hypervisortype: row.hypervisor,
    clustertype: row.cluster_type,
    allocationstate: row.allocation_state,
    managedstate: 'Managed',
    arch: row.arch,
    cpuovercommitratio: await settings.text('cpu.overprovisioning.factor', scope),
    memoryovercommitratio: await settings.text('mem.overprovisioning.factor', scope),
  };
}

const belongings: readonly Belonging[] = [
  ['host', 'cluster_id', 'host', 'hosts'],
  ['storage_pool', 'cluster_id', 'primary storage', 'primary storages'],
];

export const clusters = {
  async addCluster(context, params) {
    const { db } = context;
    const { zoneid: zone_id, podid: pod_id, clustername: name, clustertype: cluster_type } = params;
    const { type: hypervisor } = hypervisorNamed(context, params.hypervisor);
    if (cluster_type !== 'CloudManaged')
      refuse(`clustertype=${cluster_type}: this cloud manages its clusters itself. Use CloudManaged.`);
    await lock(db, 'pod', pod_id);
    await refuseForeignPod(db, pod_id, zone_id);
    const id = randomUUID();
    const { allocationstate: allocation_state = 'Enabled', arch = 'x86_64' } = params;
    await db
      .insertInto('cluster')
      .values({ id, zone_id, pod_id, name, hypervisor, cluster_type, arch, allocation_state })
      .execute()
      .catch(taken(name));
    return [await clusterResponse(context, await one(db, id))];
  },

  async listClusters(context, params) {
    const query = select(context.db)
      .where(
        having({
          'cluster.id': params.id,
          'cluster.name': params.name,
          'cluster.zone_id': params.zoneid,
          'cluster.pod_id': params.podid,
        }),
      )
      .where(meaning({ 'cluster.hypervisor': params.hypervisor, 'cluster.cluster_type': params.clustertype }))
      .where(meaning({ 'cluster.allocation_state': params.allocationstate, 'cluster.arch': params.arch }))
      .where((eb) => eb.val(params.managedstate === undefined || params.managedstate.toLowerCase() === 'managed'))
      .where(containing(params.keyword, 'cluster.name'))
      .orderBy('cluster.created')
      .orderBy('cluster.id');
    const { count, rows } = await paged(context, params, 'cluster', query);
    const capacity = await capacitiesBy(context, 'cluster', rows, params.showcapacities);
    const items = rows.map(async (row) => ({ ...(await clusterResponse(context, row)), capacity: capacity.get(row.id) }));
    return { count, items: await Promise.all(items) };
  },

  async updateCluster(context, params) {
    const { db } = context;
    await lock(db, 'cluster', params.id);
    const old = await one(db, params.id);
    refuseConversion(old, params);
    const { clustername: name = old.name, arch = old.arch, allocationstate: allocation_state = old.allocation_state } = params;
    await db.updateTable('cluster').set({ name, arch, allocation_state }).where('id', '=', old.id).execute().catch(taken(name));
    return clusterResponse(context, await one(db, old.id));
  },

  async deleteCluster({ db }, { id }) {
    await lock(db, 'cluster', id);
    await refuseWhileUsed(db, id, `The cluster ${(await one(db, id)).name}`, belongings);
    await markRemoved(db, 'cluster', id);
    return { success: true };
  },
} satisfies Handlers<'addCluster' | 'listClusters' | 'updateCluster' | 'deleteCluster'>;

const taken = (name: string) => whereTaken(`The pod has a cluster named ${name} already. Choose another name.`);

async function refuseForeignPod(db: Database, podId: string, zoneId: string): Promise<void> {
  const pod = await db.selectFrom('pod').select(['name', 'zone_id']).where('id', '=', podId).executeTakeFirstOrThrow();
  if (pod.zone_id !== zoneId)
    refuse(`The pod ${pod.name} is not in the zone ${zoneId}. Name the zone ${pod.zone_id}, or a pod of that zone.`);
}

/** A cluster keeps the type that it was made with: its guests' disks and drivers belong to it. */
function refuseConversion(old: Row, given: { hypervisor?: string | undefined; clustertype?: string | undefined }): void {
  if (given.hypervisor !== undefined && given.hypervisor.toLowerCase() !== old.hypervisor.toLowerCase())
    refuse(
      `The cluster ${old.name} is of type ${old.hypervisor} and cannot become one of type ${given.hypervisor}. Add a cluster of that type and move the guests there.`,
    );
  if (given.clustertype !== undefined && given.clustertype.toLowerCase() !== old.cluster_type.toLowerCase())
    refuse(`The cluster ${old.name} is ${old.cluster_type} and cannot become ${given.clustertype}.`);
}
