import { type VirtualizationMode, virtualizationMode } from '@virtstack/protocol';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import type { Need } from './need.ts';

/** What a machine asks of a host, read from its rows. @throws {CloudError} the machine is gone, or asks for a mode that there is not. */
export async function needOf(db: Database, machineId: string, only: Need['only']): Promise<Need> {
  const row = await db
    .selectFrom('virtual_machine as vm')
    .innerJoin('template as t', 't.id', 'vm.template_id')
    .innerJoin('service_offering as o', 'o.id', 'vm.service_offering_id')
    .innerJoin('account as a', 'a.id', 'vm.account_id')
    .selectAll('vm')
    .select([
      't.requires_hvm',
      't.arch',
      't.details as template_details',
      'o.host_tags',
      'o.storage_tags',
      'o.storage_type',
      'a.role_type',
    ])
    .where('vm.id', '=', machineId)
    .where('vm.removed', 'is', null)
    .executeTakeFirst();
  if (!row) throw new CloudError('parameter', 'The virtual machine no longer exists.');
  const volumes = await db
    .selectFrom('volume')
    .select(['id', 'size_bytes as sizeBytes', 'storage_pool_id as poolId'])
    .where('virtual_machine_id', '=', machineId)
    .where('removed', 'is', null)
    .orderBy('device_id')
    .execute();
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
    storageTags: row.storage_tags,
    storage: row.storage_type === 'local' ? 'local' : 'shared',
    volumes,
    ...(mode && { mode }),
    arch: row.arch,
    lastHostId: row.last_host_id,
    hostsNamed: row.role_type === 'Admin',
    only,
  };
}

type Insisting = { details: Record<string, string>; template_details: Record<string, string>; requires_hvm: boolean };
/** CloudStack's own word for it where it has one: templates that need hardware virtualization say `requireshvm`. */
const fully: VirtualizationMode = 'hvm';

/** The mode that the machine or else its template insists on. */
export function insistedMode(row: Insisting): VirtualizationMode | undefined {
  const said = row.details.virtualizationMode ?? row.template_details.virtualizationMode;
  if (said === undefined) return row.requires_hvm ? fully : undefined;
  const parsed = virtualizationMode.safeParse(said.toLowerCase());
  if (!parsed.success)
    throw new CloudError(
      'parameter',
      `virtualizationMode is "${said}", but must be one of ${virtualizationMode.options.join(', ')}.`,
    );
  return parsed.data;
}
