import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { projectOf } from '../api/thing-owner.ts';
import type { Jobs } from './jobs.ts';

/** Heard by every server when a job was committed. */
export const jobChannel = 'virtstack_job';

/** Writing a job needs no running dispatcher: whoever listens takes it when the transaction commits. */
export const jobs: Jobs = {
  async enqueue(db, request, owner) {
    const id = randomUUID();
    await db
      .insertInto('job')
      .values({
        id,
        command: owner.command,
        saga: request.saga,
        state: JSON.stringify(request.state),
        subject: request.subject ?? null,
        instance_type: request.instance?.type ?? null,
        instance_id: request.instance?.id ?? null,
        user_id: owner.userId ?? null,
        account_id: owner.accountId,
        domain_id: owner.domainId,
        project_id: await projectOf(db, request.instance ?? owner.about),
        start_event_id: owner.startEventId ?? null,
      })
      .execute();
    await sql`select pg_notify(${jobChannel}, ${id})`.execute(db);
    return id;
  },
};
