import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { containingWords } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { withTags } from '../tags.ts';
import { openJobs } from './open-jobs.ts';
import { whose } from './whose.ts';

export const volumes = {
  async listVolumes(context, params) {
    const { db, caller } = context;
    const admin = caller.role === 'Admin';
    const matching = db
      .selectFrom('volume as v')
      .where('v.removed', 'is', null)
      .where((eb) => eb.and(conditionsOf(context, params)));
    const { count, rows } = await paged(context, params, 'v', matching, (query) =>
      query.select('v.id').orderBy('v.created').orderBy('v.id'),
    );
    return {
      count,
      items: await volumeResponses(
        db,
        rows.map(({ id }) => id),
        admin,
      ),
    };
  },
} satisfies Handlers<'listVolumes'>;

/** The volumes of these ids, in that order. Users are not told where they are. */
export async function volumeResponses(
  db: Database,
  ids: readonly string[],
  admin: boolean,
): Promise<ResponseOf<'listVolumes'>[]> {
  if (ids.length === 0) return [];
  const [found, jobs] = await Promise.all([taggedRows(db, ids), openJobs(db, ids)]);
  const rows = new Map(found.map((row) => [row.id, row]));
  const jobOf = new Map(jobs.map((job) => [job.instance_id, job.id]));
  return ids.flatMap((id) => {
    const row = rows.get(id);
    return row ? [{ ...answer(row, jobOf.get(id)), ...(admin && whereabouts(row)) }] : [];
  });
}

const volumeRows = (db: Database, ids: readonly string[]) =>
  db
    .selectFrom('volume as v')
    .innerJoin('zone as z', 'z.id', 'v.zone_id')
    .innerJoin('account as a', 'a.id', 'v.account_id')
    .innerJoin('domain as d', 'd.id', 'v.domain_id')
    .leftJoin('project as pr', 'pr.id', 'v.project_id')
    .leftJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
    .leftJoin('pod', 'pod.id', 'p.pod_id')
    .leftJoin('cluster as c', 'c.id', 'p.cluster_id')
    .leftJoin('virtual_machine as vm', 'vm.id', 'v.virtual_machine_id')
    .leftJoin('template as t', 't.id', 'v.template_id')
    .leftJoin('service_offering as o', 'o.id', 'vm.service_offering_id')
    .leftJoin('disk_offering as disk', 'disk.id', 'v.disk_offering_id')
    .selectAll('v')
    .select(['z.name as zone_name', 'a.name as account', 'pr.name as project', 'd.name as domain', 'd.path as domain_path'])
    .select([
      'p.name as pool_name',
      'p.host_id as pool_host_id',
      'p.pod_id',
      'pod.name as pod_name',
      'p.cluster_id',
      'c.name as cluster_name',
    ])
    .select([
      'vm.name as vm_name',
      'vm.display_name as vm_display_name',
      'vm.state as vm_state',
      'vm.hypervisor as vm_hypervisor',
    ])
    .select([
      't.name as template_name',
      't.display_text as template_text',
      'o.id as offering_id',
      'o.name as offering_name',
      'o.display_text as offering_text',
    ])
    .select(['o.storage_type', 'disk.storage_type as disk_storage_type'])
    .select(['disk.name as disk_offering_name', 'disk.display_text as disk_offering_text'])
    .where('v.id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
const taggedRows = async (db: Database, ids: readonly string[]) => withTags(db, await volumeRows(db, ids));
type Row = Awaited<ReturnType<typeof taggedRows>>[number];

const answer = (row: Row, jobId: string | undefined): ResponseOf<'listVolumes'> => ({
  id: row.id,
  name: row.name,
  type: row.type,
  state: row.state,
  size: row.size_bytes,
  deviceid: row.device_id,
  zoneid: row.zone_id,
  zonename: row.zone_name,
  storagetype: row.disk_storage_type ?? row.storage_type ?? (row.pool_host_id ? 'local' : 'shared'),
  hypervisor: row.vm_hypervisor ?? row.hypervisor,
  provisioningtype: 'thin',
  virtualmachineid: row.virtual_machine_id,
  vmname: row.vm_name,
  vmdisplayname: row.vm_display_name,
  vmstate: row.vm_state,
  vmtype: row.virtual_machine_id ? 'User' : undefined,
  templateid: row.template_id,
  templatename: row.template_name,
  templatedisplaytext: row.template_text,
  ...(row.type === 'ROOT' && {
    serviceofferingid: row.offering_id,
    serviceofferingname: row.offering_name,
    serviceofferingdisplaytext: row.offering_text,
  }),
  diskofferingid: row.disk_offering_id,
  diskofferingname: row.disk_offering_name,
  diskofferingdisplaytext: row.disk_offering_text,
  attached: row.virtual_machine_id ? (row.attached ?? row.created) : undefined,
  destroyed: row.state === 'Destroy',
  isextractable: false,
  displayvolume: true,
  quiescevm: false,
  supportsstoragesnapshot: false,
  deleteprotection: false,
  tags: row.resource_tags,
  created: row.created,
  ...whose(row),
  domainid: row.domain_id,
  domain: row.domain,
  domainpath: row.domain_path,
  ...(jobId && { jobid: jobId, jobstatus: 0 }),
});

const whereabouts = (row: Row): ResponseOf<'listVolumes'> => ({
  path: row.path,
  storageid: row.storage_pool_id,
  storage: row.pool_name,
  podid: row.pod_id,
  podname: row.pod_name,
  clusterid: row.cluster_id,
  clustername: row.cluster_name,
});

const words = { 'v.type': ['ROOT', 'DATADISK'], 'v.state': ['Allocated', 'Attaching', 'Ready', 'Destroy', 'Expunged'] };

function conditionsOf({ caller }: Context, params: ParamsOf<'listVolumes'>): RawBuilder<boolean>[] {
  const when = (value: unknown, condition: () => RawBuilder<boolean>): RawBuilder<boolean>[] =>
    value === undefined ? [] : [condition()];
  return [
    ...when(params.id, () => sql`v.id = ${params.id}`),
    ...when(params.ids, () => sql`v.id = any(${params.ids}::uuid[])`),
    ...when(params.name, () => sql`v.name = ${params.name}`),
    ...when(params.type, () => sql`lower(v.type) = lower(${params.type})`),
    ...when(params.state, () => sql`lower(v.state) = lower(${params.state})`),
    ...when(params.virtualmachineid, () => sql`v.virtual_machine_id = ${params.virtualmachineid}`),
    ...when(params.zoneid, () => sql`v.zone_id = ${params.zoneid}`),
    ...when(params.diskofferingid, () => sql`v.disk_offering_id = ${params.diskofferingid}`),
    ...when(
      params.serviceofferingid,
      () => sql`v.virtual_machine_id in (select id from virtual_machine where service_offering_id = ${params.serviceofferingid})`,
    ),
    containingWords(params.keyword, ['v.name'], words),
    ...(caller.role === 'Admin' ? placesOf(params) : []),
  ];
}

const placesOf = ({ hostid, podid, clusterid, storageid }: ParamsOf<'listVolumes'>): RawBuilder<boolean>[] => [
  ...(hostid ? [sql<boolean>`v.virtual_machine_id in (select id from virtual_machine where host_id = ${hostid})`] : []),
  ...(podid ? [sql<boolean>`v.storage_pool_id in (select id from storage_pool where pod_id = ${podid})`] : []),
  ...(clusterid ? [sql<boolean>`v.storage_pool_id in (select id from storage_pool where cluster_id = ${clusterid})`] : []),
  ...(storageid ? [sql<boolean>`v.storage_pool_id::text = ${storageid}`] : []),
];
