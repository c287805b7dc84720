import type { Database } from '../../db/database.ts';
import { beside, lookUpInOrder, withBeside } from '../look-up.ts';
import { withTags } from '../tags.ts';

const columns = [
  ...(['id', 'name', 'type', 'state', 'size_bytes', 'device_id', 'path', 'hypervisor', 'attached', 'created'] as const),
  ...(['zone_id', 'storage_pool_id', 'virtual_machine_id', 'template_id', 'disk_offering_id'] as const),
  ...(['account_id', 'domain_id', 'project_id'] as const),
] as const;

const besideVolumes = {
  zone_id: beside('zone', { zone_name: 'name' }),
  account_id: beside('account', { account: 'name' }),
  domain_id: beside('domain', { domain: 'name', domain_path: 'path' }),
  project_id: beside('project', { project: 'name' }),
  storage_pool_id: beside('storage_pool', {
    ...{ pool_name: 'name', pool_host_id: 'host_id', pod_id: 'pod_id', cluster_id: 'cluster_id' },
  }),
  virtual_machine_id: beside('virtual_machine', {
    ...{ vm_name: 'name', vm_display_name: 'display_name', vm_state: 'state', vm_hypervisor: 'hypervisor' },
    service_offering_id: 'service_offering_id',
  }),
  template_id: beside('template', { template_name: 'name', template_text: 'display_text' }),
  disk_offering_id: beside('disk_offering', {
    ...{ disk_offering_name: 'name', disk_offering_text: 'display_text', disk_storage_type: 'storage_type' },
  }),
} as const;

/** Of what is beside a volume: its pool, its machine. */
const besideThose = {
  pod_id: beside('pod', { pod_name: 'name' }),
  cluster_id: beside('cluster', { cluster_name: 'name' }),
  service_offering_id: beside('service_offering', {
    ...{ offering_id: 'id', offering_name: 'name', offering_text: 'display_text', storage_type: 'storage_type' },
  }),
} as const;

/** Volumes with what is shown beside them, in the order of the ids. */
export async function volumeRows(db: Database, ids: readonly string[]) {
  const rows = await withBeside(db, await lookUpInOrder(db, 'volume', columns, ids), besideVolumes);
  return withTags(db, await withBeside(db, rows, besideThose));
}
export type VolumeRow = Awaited<ReturnType<typeof volumeRows>>[number];
