import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { forgetVolume } from './forget-volume.ts';
import { machineJob } from './machine-job.ts';

const lookMs = 1000;

/** Every `expunge.interval` seconds, expunges what was destroyed `expunge.delay` seconds ago. Answers how to stop. */
export function startExpunging(cloud: Cloud): () => void {
  let last = Date.now();
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    try {
      if (Date.now() - last < (await cloud.settings.number('expunge.interval')) * 1000) return;
      last = Date.now();
      await expungeDue(cloud);
    } catch (error) {
      cloud.log.warn({ err: error }, 'could not look for virtual machines to expunge');
    } finally {
      busy = false;
    }
  }, lookMs);
  return () => clearInterval(timer);
}

/** Several servers may look at once: the rows are locked, and one that has an open job is passed over. */
export async function expungeDue({ db, settings, jobs }: Cloud): Promise<void> {
  const delay = await settings.number('expunge.delay');
  await db.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('virtual_machine as vm')
      .select(['vm.id', 'vm.account_id', 'vm.domain_id'])
      .where('vm.state', 'in', ['Destroyed', 'Expunging'])
      .where('vm.removed', 'is', null)
      .where(sql<boolean>`vm.destroyed <= clock_timestamp() - ${delay} * interval '1 second'`)
      .where(sql<boolean>`not exists (select 1 from job where status = 0 and instance_id = vm.id)`)
      .forUpdate()
      .skipLocked()
      .execute();
    for (const { id, account_id, domain_id } of due)
      await jobs.enqueue(tx, machineJob('expunge-virtual-machine', id), {
        command: 'expungeVirtualMachine',
        accountId: account_id,
        domainId: domain_id,
      });
    await expungeVolumes(tx, jobs, delay);
  });
}

async function expungeVolumes(tx: Database, jobs: Cloud['jobs'], delay: number): Promise<void> {
  const due = await tx
    .selectFrom('volume')
    .select(['id', 'account_id', 'domain_id'])
    .where('state', '=', 'Destroy')
    .where('removed', 'is', null)
    .where(sql<boolean>`destroyed <= clock_timestamp() - ${delay} * interval '1 second'`)
    .forUpdate()
    .skipLocked()
    .execute();
  for (const { id, account_id, domain_id } of due)
    await jobs.enqueue(tx, await forgetVolume(tx, id), {
      command: 'destroyVolume',
      accountId: account_id,
      domainId: domain_id,
    });
}
