import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { displayPath } from '../../accounts/display-path.ts';
import type { Database } from '../../db/database.ts';
import { containingWords } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { openJobs } from './open-jobs.ts';
import { type VolumeRow, volumeRows } from './volume-rows.ts';
import { whose } from './whose.ts';

export const volumes = {
  async listVolumes(context, params) {
    const { db, caller } = context;
    const admin = caller.role === 'Admin';
    const matching = db
      .selectFrom('volume as v')
      .where('v.removed', 'is', null)
      .where((eb) => eb.and(conditionsOf(context, params)));
    const { count, rows } = await paged(
      context,
      params,
      'v',
      matching,
      (query) => query.select('v.id').orderBy('v.created').orderBy('v.id'),
      'volume',
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
  const [rows, jobs] = await Promise.all([volumeRows(db, ids), openJobs(db, ids)]);
  const jobOf = new Map(jobs.map((job) => [job.instance_id, job.id]));
  return rows.map((row) => ({ ...answer(row, jobOf.get(row.id)), ...(admin && whereabouts(row)) }));
}

const answer = (row: VolumeRow, jobId: string | undefined): ResponseOf<'listVolumes'> => ({
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
  domainpath: displayPath(row.domain_path),
  ...(jobId && { jobid: jobId, jobstatus: 0 }),
});

const whereabouts = (row: VolumeRow): ResponseOf<'listVolumes'> => ({
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
