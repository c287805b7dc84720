import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { beside, lookUpInOrder, withBeside } from '../look-up.ts';
import { withTags } from '../tags.ts';

const columns = [
  ...(['id', 'name', 'display_name', 'instance_name', 'created', 'state', 'state_changed', 'power_state', 'error'] as const),
  ...(['zone_id', 'host_id', 'template_id', 'service_offering_id', 'os_type_id', 'user_id'] as const),
  ...(['account_id', 'domain_id', 'project_id', 'hypervisor', 'virtualization_mode', 'boot_problem'] as const),
  ...(['cpu_number', 'cpu_speed', 'memory_mb', 'ha_enabled', 'ssh_key_names', 'details'] as const),
] as const;

const besideMachines = {
  zone_id: beside('zone', { zone_name: 'name' }),
  template_id: beside('template', {
    ...{ template_name: 'name', template_text: 'display_text', template_type: 'template_type', format: 'format' },
    ...{ password_enabled: 'password_enabled', arch: 'arch' },
  }),
  service_offering_id: beside('service_offering', { offering_name: 'name' }),
  account_id: beside('account', { account: 'name' }),
  domain_id: beside('domain', { domain: 'name', domain_path: 'path' }),
  project_id: beside('project', { project: 'name' }),
  host_id: beside('host', { host_name: 'name', host_status: 'status', resource_state: 'resource_state' }),
  os_type_id: beside('os_type', { os_name: 'name' }),
  user_id: beside('users', { username: 'username' }),
} as const;

/** Machines with what is shown beside them, in the order of the ids. User data can be large: it comes where it is asked for. */
export async function machineRows(db: Database, ids: readonly string[], userData: boolean) {
  const found = await lookUpInOrder(db, 'virtual_machine', userData ? [...columns, 'user_data'] : columns, ids);
  const [rows, roots] = await Promise.all([withBeside(db, found, besideMachines), rootDisks(db, ids)]);
  const rootOf = new Map(roots.map((root) => [root.virtual_machine_id, root]));
  return withTags(
    db,
    rows.map((row) => {
      const root = rootOf.get(row.id);
      return Object.assign(row, { root_device_id: root?.device_id ?? null, pool_type: root?.pool_type ?? null });
    }),
  );
}
export type MachineRow = Awaited<ReturnType<typeof machineRows>>[number];

async function rootDisks(db: Database, ids: readonly string[]) {
  const found = await sql<{ virtual_machine_id: string; device_id: number | null; storage_pool_id: string | null }>`
    select v.* from unnest(${ids}::uuid[]) as machine (id) cross join lateral (
      select virtual_machine_id, device_id, storage_pool_id from volume where virtual_machine_id = machine.id and type = 'ROOT' and removed is null
      limit 1) v`.execute(db);
  return withBeside(db, found.rows, { storage_pool_id: beside('storage_pool', { pool_type: 'type' }) });
}

/** The interfaces of these machines, in their order within each. */
export async function nicRows(db: Database, ids: readonly string[]) {
  const found = await sql<Nic>`select nic.* from unnest(${ids}::uuid[]) as machine (id) cross join lateral (
      select id, virtual_machine_id, network_id, mac, address, device_id, is_default from nic
      where virtual_machine_id = machine.id and removed is null order by device_id offset 0) nic`.execute(db);
  return withBeside(db, found.rows, {
    network_id: beside('network', { name: 'name', netmask: 'netmask', gateway: 'gateway', type: 'type', vlan: 'vlan' }),
  });
}
type Nic = {
  readonly id: string;
  readonly virtual_machine_id: string;
  readonly network_id: string;
  readonly mac: string;
  readonly address: string;
  readonly device_id: number;
  readonly is_default: boolean;
};
export type NicRow = Awaited<ReturnType<typeof nicRows>>[number];
