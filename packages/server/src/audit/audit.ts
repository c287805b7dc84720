import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import type { JobEnds } from '../jobs/run-job.ts';
import { type AuditLog, openAuditLog } from './audit-log.ts';
import { type AuditedCall, auditRecord, isAudited, isOfSession } from './audit-record.ts';
import { jobRecord } from './job-record.ts';
import { countStrangers } from './strangers.ts';

/** Writes down who changed what, and who was refused. */
export type Audit = {
  record(call: AuditedCall): Promise<void>;
  readonly jobEnds: JobEnds;
  close(): Promise<void>;
};

export function openAudit({ db, log, dir }: { db: Database; log: Logger; dir: string }): Audit {
  const file: AuditLog = openAuditLog({ path: join(dir, 'audit.log'), log });
  const strangers = countStrangers();
  return {
    async record(call) {
      if (!isAudited(call)) return;
      if (!call.failure || (call.caller && !isOfSession(call.name)))
        return file.write({ ...auditRecord(call), ...sessionOf(call) });
      const told = strangers(call.address);
      if (told) return file.write({ ...auditRecord(call), ...(await triedUser(db, call)), ...told });
    },
    async jobEnds(jobId, failure) {
      try {
        const record = await jobRecord(db, jobId, failure);
        if (record) await file.write(record);
      } catch (error) {
        log.warn({ err: error, job: jobId }, 'the audit log does not tell how a job ended');
      }
    },
    close: () => file.close(),
  };
}

/** Who logged in: his session’s answer says it. */
function sessionOf({ name, content }: AuditedCall): object {
  if (name !== 'login' || !content) return {};
  const { username, userid, account, domainid } = content as Readonly<Record<string, unknown>>;
  return { user: username, userid, account, domainid };
}

/** The name that was tried, where it is one: a password that was typed into the wrong field is not. */
async function triedUser(db: Database, { name, parameters }: AuditedCall): Promise<{ readonly user?: string }> {
  const user = name === 'login' ? parameters.get('username')?.value : undefined;
  if (!user) return {};
  const found = await db
    .selectFrom('users')
    .select('username')
    .where('username', '=', user)
    .limit(1)
    .executeTakeFirst()
    .catch(() => undefined);
  return found ? { user } : {};
}
