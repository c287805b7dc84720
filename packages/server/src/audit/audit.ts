import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import { type AuditLog, openAuditLog } from './audit-log.ts';
import { type AuditedCall, auditRecord, isAudited, isOfSession } from './audit-record.ts';

/** Writes down who changed what, and who was refused. */
export type Audit = { record(call: AuditedCall): Promise<void>; close(): Promise<void> };

/** Who guesses cannot write the log full, and so push out what others did: so many refusals are told, of the rest how many there were. */
const everyMs = 60_000;
const mostOfAddress = 30;
const mostOfAll = 300;

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
    close: () => file.close(),
  };
}

/** Whether one more refusal of that address is told; and how many were not before it. */
function countStrangers(): (address: string) => { readonly untold?: number } | undefined {
  let began = 0;
  let [all, untold] = [0, 0];
  const addresses = new Map<string, number>();
  return (address) => {
    if (performance.now() - began > everyMs || began === 0) {
      began = performance.now();
      all = 0;
      addresses.clear();
    }
    const before = addresses.get(address) ?? 0;
    if (before >= mostOfAddress || all >= mostOfAll) {
      untold++;
      return undefined;
    }
    addresses.set(address, before + 1);
    all++;
    const since = untold;
    untold = 0;
    return since > 0 ? { untold: since } : {};
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
