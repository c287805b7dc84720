import { randomUUID } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { CloudError } from '../../error.ts';
import type { JobRequest } from '../../jobs/request.ts';
import { allocateNic } from '../../orchestration/allocate-nic.ts';
import { machineJob } from '../../orchestration/machine-job.ts';
import { insistedMode } from '../../placement/mode.ts';
import { type Context, type Owner, ownerColumns } from '../handler.ts';
import { deployableTemplate, type Offering, offeringOf, openZone, refuseOtherType, type Template } from './deploy-checks.ts';
import { networksFor } from './deploy-networks.ts';
import { checkDetails, checkedUserData, hostNameOf, keysOf, refuseTakenName } from './machine-input.ts';
import { recordVolume } from './record-volume.ts';

type Params = ParamsOf<'deployVirtualMachine'>;

/** Records a machine with its root disk and its addresses; the job places and starts it. Whatever can be refused is refused here, before anything is made. */
export async function deploy(context: Context, params: Params): Promise<JobRequest> {
  const { db, caller, owner } = context;
  const only = placeWished(context, params);
  const zone = await openZone(db, params.zoneid, caller.role === 'Admin');
  const template = await deployableTemplate(context, params);
  await refuseOtherType(db, only, template);
  const offering = await offeringOf(db, params.serviceofferingid);
  checkDetails(params.details, caller.role === 'Admin');
  insistedMode({ details: params.details ?? {}, template_details: template.details });
  const label = context.hypervisors.find((h) => h.type === template.hypervisor);
  if (!label) throw new CloudError('parameter', `This cloud has no hypervisor of type ${template.hypervisor}.`);
  const wishes = await networksFor(context, params, owner);
  const machine = await recordMachine(context, params, { owner, template, offering });
  await recordRootDisk(context, params, { owner, template, offering, machine });
  await recordDataDisk(context, params, { owner, machine });
  // In one order, so that two machines with the same networks do not wait for each other.
  const inLockOrder = wishes
    .map((wish, device) => ({ wish, device }))
    .sort((a, b) => a.wish.networkId.localeCompare(b.wish.networkId));
  for (const { wish, device } of inLockOrder) await allocateNic(db, { id: machine.id, label }, wish, device);
  context.log.debug({ machine: machine.id, zone: zone.name }, 'a machine was recorded');
  return machineJob(params.startvm ? 'deploy-virtual-machine' : 'record-virtual-machine', machine.id, { only });
}

/** Where the caller wants a machine; only admins say so. @throws {CloudError} */
export function placeWished({ caller }: Context, { podid, clusterid, hostid }: Pick<Params, 'podid' | 'clusterid' | 'hostid'>) {
  const only = { ...(podid && { podId: podid }), ...(clusterid && { clusterId: clusterid }), ...(hostid && { hostId: hostid }) };
  if (caller.role !== 'Admin' && Object.keys(only).length > 0)
    throw new CloudError('parameter', 'Only an admin may choose the pod, cluster or host of a virtual machine.');
  return only;
}

type Recorded = { owner: Owner; template: Template; offering: Offering };

async function recordMachine(
  context: Context,
  params: Params,
  { owner, template, offering }: Recorded,
): Promise<{ id: string; name: string }> {
  const { db, caller } = context;
  const id = randomUUID();
  const keys = await keysOf(db, owner, [...(params.keypairs ?? []), ...(params.keypair ? [params.keypair] : [])]);
  const userData = params.userdata === undefined ? null : checkedUserData(params.userdata);
  const name = hostNameOf(params.name, `VM-${id}`);
  await refuseTakenName(db, owner.accountId, name);
  await db
    .insertInto('virtual_machine')
    .values({
      id,
      zone_id: params.zoneid,
      template_id: template.id,
      service_offering_id: offering.id,
      os_type_id: template.os_type_id,
      user_id: caller.userId,
      name,
      display_name: params.displayname ?? params.name ?? name,
      // Named after its number, which the insert gives.
      instance_name: id,
      state: 'Stopped',
      hypervisor: template.hypervisor,
      cpu_number: offering.cpu_number,
      cpu_speed: offering.cpu_speed,
      memory_mb: offering.memory_mb,
      user_data: userData,
      ssh_public_keys: keys.map((k) => k.public_key),
      ssh_key_names: keys.map((k) => k.name),
      details: JSON.stringify(params.details ?? {}),
      ha_enabled: offering.offer_ha,
      ...ownerColumns(owner),
    })
    .execute();
  await sql`update virtual_machine set instance_name = 'i-' || (select number from account where id = ${owner.accountId}) || '-' || number || '-VM'
    where id = ${id}`.execute(db);
  return { id, name };
}

/** Its file is made with the root disk's. */
async function recordDataDisk(
  context: Context,
  { zoneid, diskofferingid, size }: Params,
  { owner, machine }: { owner: Owner; machine: { id: string } },
): Promise<void> {
  if (diskofferingid === undefined) return;
  const wanted = { owner, zoneId: zoneid, name: `DATA-${machine.id}`, diskOfferingId: diskofferingid, ...(size && { size }) };
  await recordVolume(context, wanted, { machineId: machine.id, slot: 1, state: 'Allocated' });
}

const gib = 2 ** 30;
async function recordRootDisk(
  { db }: Context,
  params: Params,
  { owner, template, offering, machine }: Recorded & { machine: { id: string } },
): Promise<void> {
  const wished =
    params.rootdisksize === undefined ? (offering.root_disk_bytes ?? template.virtual_size_bytes) : params.rootdisksize * gib;
  if (params.rootdisksize !== undefined && wished < template.virtual_size_bytes)
    throw new CloudError(
      'parameter',
      `rootdisksize is ${params.rootdisksize} GiB, but the disk of template ${template.name} has ${(template.virtual_size_bytes / gib).toFixed(1)} GiB.`,
    );
  await db
    .insertInto('volume')
    .values({
      id: randomUUID(),
      zone_id: params.zoneid,
      virtual_machine_id: machine.id,
      template_id: template.id,
      name: `ROOT-${machine.id}`,
      type: 'ROOT',
      device_id: 0,
      size_bytes: Math.max(wished, template.virtual_size_bytes),
      state: 'Allocated',
      attached: sql<Date>`clock_timestamp()`,
      ...ownerColumns(owner),
    })
    .execute();
}
