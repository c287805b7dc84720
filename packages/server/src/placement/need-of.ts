import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { insistedMode } from './mode.ts';
import type { Need } from './need.ts';
import { volumesOf } from './volume-needs.ts';

/** What a machine asks of a host, read from its rows. @throws {CloudError} the machine is gone, or asks for a mode that there is not. */
export async function needOf(db: Database, machineId: string, only: Need['only']): Promise<Need> {
  const row = await db
    .selectFrom('virtual_machine as vm')
    .innerJoin('template as t', 't.id', 'vm.template_id')
    .innerJoin('service_offering as o', 'o.id', 'vm.service_offering_id')
    .innerJoin('account as a', 'a.id', 'vm.account_id')
    .selectAll('vm')
    .select(['t.arch', 't.details as template_details', 'o.host_tags', 'a.role_type'])
    .where('vm.id', '=', machineId)
    .where('vm.removed', 'is', null)
    .executeTakeFirst();
  if (!row) throw new CloudError('parameter', 'The virtual machine no longer exists.');
  const mode = insistedMode(row);
  return {
    machineId,
    name: row.display_name,
    zoneId: row.zone_id,
    hypervisor: row.hypervisor,
    cpuNumber: row.cpu_number,
    cpuMhz: row.cpu_speed,
    memoryBytes: row.memory_mb * 2 ** 20,
    hostTags: row.host_tags,
    volumes: await volumesOf(db, machineId),
    ...(mode && { mode }),
    arch: row.arch,
    lastHostId: row.last_host_id,
    ...(row.adopted && row.last_host_id && { definedOn: row.last_host_id }),
    hostsNamed: row.role_type === 'Admin',
    only,
  };
}
