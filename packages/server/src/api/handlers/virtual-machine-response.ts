import type { ResponseOf } from '@virtstack/contract';
import { displayPath } from '../../accounts/display-path.ts';
import type { Database } from '../../db/database.ts';
import { isInMaintenance } from '../../hosts/maintenance.ts';
import { type MachineRow, machineRows, type NicRow, nicRows } from './machine-rows.ts';
import { openJobs } from './open-jobs.ts';
import { whose } from './whose.ts';

export type MachineAnswer = ResponseOf<'listVirtualMachines'>;
/** Users are not told where their machines are. */
export type View = { readonly admin: boolean; readonly userData?: boolean };

/** The machines of these ids, in that order: one query for each kind of thing that they show, never one for each machine. */
export async function machineResponses(db: Database, ids: readonly string[], view: View): Promise<MachineAnswer[]> {
  if (ids.length === 0) return [];
  const [rows, nics, jobs] = await Promise.all([
    machineRows(db, ids, view.userData === true),
    nicRows(db, ids),
    openJobs(db, ids),
  ]);
  const nicsOf = Map.groupBy(nics, (nic) => nic.virtual_machine_id);
  const jobOf = new Map(jobs.map((job) => [job.instance_id, job.id]));
  return rows.map((row) => answer(row, nicsOf.get(row.id) ?? [], jobOf.get(row.id), view));
}

function answer(row: MachineRow, nics: readonly NicRow[], jobId: string | undefined, view: View): MachineAnswer {
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

const identity = (row: MachineRow, view: View): MachineAnswer => ({
  id: row.id,
  name: row.name,
  displayname: row.display_name,
  state: row.state,
  created: row.created,
  lastupdated: row.state_changed,
  ...whose(row),
  domainid: row.domain_id,
  domain: row.domain,
  domainpath: displayPath(row.domain_path),
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
const detailsOf = (row: MachineRow, { admin }: View): Record<string, string> => ({
  ...row.details,
  ...(row.error !== null && { error: row.error }),
  ...(row.power_state === 'paused' && { paused: 'true' }),
  ...(row.state === 'Running' && row.boot_problem !== null && { bootProblem: row.boot_problem }),
  ...(admin && row.host_id !== null && row.virtualization_mode !== null && { virtualizationModeInUse: row.virtualization_mode }),
});

const made = (row: MachineRow): MachineAnswer => ({
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

const whereabouts = (row: MachineRow): MachineAnswer => ({
  instancename: row.instance_name,
  hostid: row.host_id,
  hostname: row.host_name,
  hostcontrolstate: row.host_status === null ? undefined : controlState(row.host_status, row.resource_state ?? ''),
});

/** CloudStack's word for whether a machine's host can be asked. */
const controlState = (status: string, resourceState: string): string =>
  status !== 'Up' ? 'Offline' : isInMaintenance(resourceState) ? 'Maintenance' : resourceState;

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
