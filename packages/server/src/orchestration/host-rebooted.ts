import type { GuestReport } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import { raiseAlert } from '../hosts/alert.ts';
import { recordMachineEvent } from './machine-event.ts';
import { machineJob } from './machine-job.ts';

/** Guests that went down with their host are started again where their offering says so; the others are shown as Stopped, with an alert. */
export async function afterReboot(
  cloud: Cloud,
  host: { id: string; name: string },
  guests: readonly GuestReport[],
): Promise<void> {
  const up = new Set(guests.filter((g) => g.state === 'running' || g.state === 'paused').map((g) => g.uuid));
  const machines = await cloud.db
    .selectFrom('virtual_machine')
    .select(['id', 'display_name', 'instance_name', 'zone_id', 'account_id', 'domain_id', 'ha_enabled'])
    .where('host_id', '=', host.id)
    .where('state', '=', 'Running')
    .where('removed', 'is', null)
    .where(sql<boolean>`not exists (select 1 from job where status = 0 and instance_id = virtual_machine.id)`)
    .execute();
  for (const machine of machines) if (!up.has(machine.id)) await wentDown(cloud, host, machine);
}

type Fallen = {
  id: string;
  display_name: string;
  instance_name: string;
  zone_id: string;
  account_id: string;
  domain_id: string;
  ha_enabled: boolean;
};

async function wentDown(cloud: Cloud, host: { id: string; name: string }, machine: Fallen): Promise<void> {
  const words = `${machine.display_name} (${machine.instance_name}) went down when its host ${host.name} was rebooted`;
  await cloud.db.transaction().execute(async (tx) => {
    await tx
      .updateTable('virtual_machine')
      .set({
        state: 'Stopped',
        power_state: 'absent',
        host_id: null,
        last_host_id: host.id,
        state_changed: sql<Date>`clock_timestamp()`,
      })
      .where('id', '=', machine.id)
      .execute();
    const then = machine.ha_enabled ? 'it is started again' : 'it stays stopped, since its offering has no high availability';
    await recordMachineEvent(tx, machine, 'VM.STOP', 'WARN', `${words}; ${then}`);
    if (machine.ha_enabled) {
      const owner = { command: 'startVirtualMachine', accountId: machine.account_id, domainId: machine.domain_id };
      await cloud.jobs.enqueue(tx, machineJob('start-virtual-machine', machine.id), owner);
    } else
      await raiseAlert(tx, {
        type: 'USERVM',
        name: 'ALERT.USERVM',
        description: `${words}; ${then}`,
        zoneId: machine.zone_id,
        resourceId: machine.id,
      });
  });
}
