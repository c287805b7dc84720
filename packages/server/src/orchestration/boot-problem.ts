import type { GuestReport } from '@virtstack/protocol';
import type { Cloud } from '../cloud.ts';
import { raiseAlert } from '../hosts/alert.ts';
import { recordMachineEvent } from './machine-event.ts';

type Machine = {
  readonly id: string;
  readonly boot_problem: string | null;
  readonly display_name: string;
  readonly instance_name: string;
  readonly zone_id: string;
  readonly account_id: string;
  readonly domain_id: string;
};

/**
 * Keeps what its host says of why a running machine does not boot. Its owner and the admins are told once, when it begins: whichever of several
 * servers hears it first.
 */
export async function recordBootProblem({ db }: Cloud, machine: Machine, guest: GuestReport): Promise<void> {
  const problem = guest.bootProblem ?? null;
  if (guest.state === 'unknown' || machine.boot_problem === problem) return;
  await db.transaction().execute(async (tx) => {
    const { boot_problem: known } = await tx
      .selectFrom('virtual_machine')
      .select('boot_problem')
      .where('id', '=', machine.id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    await tx
      .updateTable('virtual_machine')
      .set({ boot_problem: problem })
      .where('id', '=', machine.id)
      .where('state', '=', 'Running')
      .execute();
    if (known !== null || problem === null) return;
    const words = `${machine.display_name} (${machine.instance_name}) runs and does not boot. ${problem}`;
    await recordMachineEvent(tx, machine, 'VM.START', 'ERROR', words);
    await raiseAlert(tx, {
      type: 'USERVM',
      name: 'ALERT.USERVM',
      description: words,
      zoneId: machine.zone_id,
      resourceId: machine.id,
    });
  });
}
