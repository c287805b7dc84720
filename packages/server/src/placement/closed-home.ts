import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { maintenanceStates } from '../hosts/maintenance.ts';

/** Why a machine starts nowhere although it is in order: its disks lie on the storage of a host that is in maintenance. Nothing: that is not why. */
export async function closedHome(db: Database, machineId: string): Promise<CloudError | undefined> {
  const home = await db
    .selectFrom('volume as v')
    .innerJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
    .innerJoin('host as h', 'h.id', 'p.host_id')
    .innerJoin('virtual_machine as vm', 'vm.id', 'v.virtual_machine_id')
    .select(['v.name as volume', 'h.name as host', 'h.resource_state', 'vm.display_name as machine'])
    .where('v.virtual_machine_id', '=', machineId)
    .where('v.removed', 'is', null)
    .where('h.resource_state', 'in', [...maintenanceStates])
    .executeTakeFirst();
  if (!home) return undefined;
  const { volume, host, resource_state, machine } = home;
  return new CloudError(
    'capacity',
    `The volume ${volume} of ${machine} lies on the storage of one host alone, which is closed for maintenance: it can be started when that is over. Ask an admin.`,
    {
      forAdmins: `The volume ${volume} of ${machine} lies on the storage of host ${host} itself, which is ${resource_state}: it can be started there when the host is opened again (cancelHostMaintenance).`,
    },
  );
}
