import type { ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { withTags } from '../tags.ts';
import { openJobs } from './open-jobs.ts';
import { whose } from './whose.ts';

export type MachineAnswer = ResponseOf<'listVirtualMachines'>;
/** Users are not told where their machines are. */
export type View = { readonly admin: boolean; readonly userData?: boolean };

/** The machines of these ids, in that order: one query, and one each for what they have several of. */
export async function machineResponses(db: Database, ids: readonly string[], view: View): Promise<MachineAnswer[]> {
  if (ids.length === 0) return [];
  const [rows, nics, jobs] = await Promise.all([taggedRows(db, ids), nicRows(db, ids), openJobs(db, ids)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const nicsOf = Map.groupBy(nics, (nic) => nic.virtual_machine_id);
  const jobOf = new Map(jobs.map((job) => [job.instance_id, job.id]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? [answer(row, nicsOf.get(id) ?? [], jobOf.get(id), view)] : [];
  });
}

const machineRows = (db: Database, ids: readonly string[]) =>
  db
    .selectFrom('virtual_machine as vm')
    .innerJoin('zone as z', 'z.id', 'vm.zone_id')
    .innerJoin('template as t', 't.id', 'vm.template_id')
    .innerJoin('service_offering as o', 'o.id', 'vm.service_offering_id')
    .innerJoin('account as a', 'a.id', 'vm.account_id')
    .innerJoin('domain as d', 'd.id', 'vm.domain_id')
    .leftJoin('project as pr', 'pr.id', 'vm.project_id')
    .leftJoin('host as h', 'h.id', 'vm.host_id')
    .leftJoin('os_type as os', 'os.id', 'vm.os_type_id')
    .leftJoin('users as u', 'u.id', 'vm.user_id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('volume as v')
          .leftJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
          .select(['v.device_id', 'p.type as pool_type'])
          .whereRef('v.virtual_machine_id', '=', 'vm.id')
          .where('v.type', '=', 'ROOT')
          .where('v.removed', 'is', null)
          .limit(1)
          .as('root'),
      (join) => join.onTrue(),
    )
    .selectAll('vm')
    .select(['z.name as zone_name', 't.name as template_name', 't.display_text as template_text', 't.template_type', 't.format'])
    .select([
      't.password_enabled',
      't.arch',
      'o.name as offering_name',
      'a.name as account',
      'pr.name as project',
      'd.name as domain',
      'd.path as domain_path',
    ])
    .select(['h.name as host_name', 'h.status as host_status', 'h.resource_state', 'os.name as os_name', 'u.username'])
    .select(['root.device_id as root_device_id', 'root.pool_type'])
    .where('vm.id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
const taggedRows = async (db: Database, ids: readonly string[]) => withTags(db, await machineRows(db, ids));
type Row = Awaited<ReturnType<typeof taggedRows>>[number];

const nicRows = (db: Database, ids: readonly string[]) =>
  db
    .selectFrom('nic')
    .innerJoin('network as n', 'n.id', 'nic.network_id')
    .select(['nic.id', 'nic.virtual_machine_id', 'nic.network_id', 'nic.mac', 'nic.address', 'nic.device_id', 'nic.is_default'])
    .select(['n.name', 'n.netmask', 'n.gateway', 'n.type', 'n.vlan'])
    .where('nic.virtual_machine_id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('nic.removed', 'is', null)
    .orderBy('nic.device_id')
    .execute();
type NicRow = Awaited<ReturnType<typeof nicRows>>[number];

function answer(row: Row, nics: readonly NicRow[], jobId: string | undefined, view: View): MachineAnswer {
  return {
    ...identity(row, view),
    ...made(row),
    ...(view.admin && whereabouts(row)),
    ...(view.userData && { userdata: row.user_data }),
    ipaddress: nics.find((nic) => nic.is_default)?.address,
    nic: nics.map((nic) => nicAnswer(nic, view)),
    securitygroup: [],
    affinitygroup: [],
    tags: row.resource_tags,
    ...(jobId && { jobid: jobId, jobstatus: 0 }),
  };
}

const identity = (row: Row, view: View): MachineAnswer => ({
  id: row.id,
  name: row.name,
  displayname: row.display_name,
  state: row.state,
  created: row.created,
  lastupdated: row.state_changed,
  ...whose(row),
  domainid: row.domain_id,
  domain: row.domain,
  domainpath: row.domain_path,
  userid: row.user_id,
  username: row.username,
  zoneid: row.zone_id,
  zonename: row.zone_name,
  haenable: row.ha_enabled,
  details: detailsOf(row, view),
  displayvm: true,
  isdynamicallyscalable: false,
  deleteprotection: false,
  vmtype: 'User',
});

/** What CloudStack has no field for: why it is in Error, that it is paused or why it does not boot (its state is Running then), and, for admins, the mode in which it runs. */
const detailsOf = (row: Row, { admin }: View): Record<string, string> => ({
  ...row.details,
  ...(row.error !== null && { error: row.error }),
  ...(row.power_state === 'paused' && { paused: 'true' }),
  ...(row.state === 'Running' && row.boot_problem !== null && { bootProblem: row.boot_problem }),
  ...(admin && row.host_id !== null && row.virtualization_mode !== null && { virtualizationModeInUse: row.virtualization_mode }),
});

const made = (row: Row): MachineAnswer => ({
  templateid: row.template_id,
  templatename: row.template_name,
  templatedisplaytext: row.template_text,
  templatetype: row.template_type,
  templateformat: row.format,
  passwordenabled: row.password_enabled,
  serviceofferingid: row.service_offering_id,
  serviceofferingname: row.offering_name,
  cpunumber: row.cpu_number,
  cpuspeed: row.cpu_speed,
  memory: row.memory_mb,
  hypervisor: row.hypervisor,
  arch: row.arch,
  guestosid: row.os_type_id,
  ostypeid: row.os_type_id,
  osdisplayname: row.os_name,
  rootdeviceid: row.root_device_id ?? 0,
  rootdevicetype: 'ROOT',
  pooltype: row.pool_type,
  keypairs: row.ssh_key_names.length > 0 ? row.ssh_key_names.join(',') : undefined,
});

const whereabouts = (row: Row): MachineAnswer => ({
  instancename: row.instance_name,
  hostid: row.host_id,
  hostname: row.host_name,
  hostcontrolstate: row.host_status === null ? undefined : row.host_status === 'Up' ? row.resource_state : 'Offline',
});

const nicAnswer = (nic: NicRow, { admin }: View): NonNullable<MachineAnswer['nic']>[number] => ({
  id: nic.id,
  networkid: nic.network_id,
  networkname: nic.name,
  ipaddress: nic.address,
  netmask: nic.netmask,
  gateway: nic.gateway,
  macaddress: nic.mac,
  isdefault: nic.is_default,
  deviceid: String(nic.device_id),
  type: nic.type,
  traffictype: 'Guest',
  virtualmachineid: nic.virtual_machine_id,
  enabled: true,
  secondaryip: [],
  ...(admin && nic.vlan !== null && { broadcasturi: `vlan://${nic.vlan}`, isolationuri: `vlan://${nic.vlan}` }),
});
