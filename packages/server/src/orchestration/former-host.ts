import { CloudError } from '../error.ts';
import { removeOn } from '../hosts/leftovers.ts';
import type { Run } from './saga.ts';

type Former = { readonly id: string; readonly host: string; readonly status: string; readonly machine: string };

/**
 * A machine of which nobody knows whether it runs is started nowhere else: its guest could run twice on the same disks.
 * @throws {CloudError} `unavailable`: the host that may still run it cannot be asked.
 */
export async function requireDown(run: Run, machineId: string): Promise<void> {
  const former = await mayRunOn(run, machineId);
  if (former && !(await run.agents.connected(former.id))) throw mayStillRun(former);
}

/** A definition that stayed where the machine ran last must not be started there beside it. */
export async function leaveFormerHost(run: Run, machineId: string, hostId: string): Promise<void> {
  const { last_host_id } = await run.db
    .selectFrom('virtual_machine')
    .select('last_host_id')
    .where('id', '=', machineId)
    .executeTakeFirstOrThrow();
  if (!last_host_id || last_host_id === hostId) return;
  const unsure = await mayRunOn(run, machineId);
  const done = await removeOn(run, last_host_id, 'removeGuest', { uuid: machineId, epoch: run.epoch }, run.signal);
  // Of one that is known to be down the definition alone is left, which the host forgets before it is Up again.
  if (!done && unsure) throw mayStillRun(unsure);
}

const mayRunOn = ({ db }: Run, machineId: string): Promise<Former | undefined> =>
  db
    .selectFrom('virtual_machine as vm')
    .innerJoin('host as h', 'h.id', 'vm.last_host_id')
    .select(['h.id', 'h.name as host', 'h.status', 'vm.display_name as machine'])
    .where('vm.id', '=', machineId)
    .where('vm.power_state', '=', 'unknown')
    .where('h.removed', 'is', null)
    .executeTakeFirst();

const mayStillRun = ({ host, status, machine }: Former): CloudError => {
  const why = 'started beside itself it would destroy its own disks';
  return new CloudError(
    'unavailable',
    `${machine} may still run on a host that cannot be reached now; ${why}. Start it when the host is back, or ask an admin.`,
    {
      forAdmins: `${machine} may still run on host ${host}, which is ${status} and cannot be asked; ${why}. Bring that host’s agent back, or make sure that the host is off for good and delete it (deleteHost, forced).`,
    },
  );
};
