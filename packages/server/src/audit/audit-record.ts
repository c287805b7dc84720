import { type AnyCommand, type CommandName, commands, isCommandName, isId } from '@virtstack/contract';
import type { Caller } from '../api/handler.ts';
import { type CloudError, errorCodes } from '../error.ts';

/** A call that ended, as the API's front knows it. */
export type AuditedCall = {
  /** As it was sent: anything. */
  readonly name: string;
  readonly address: string;
  /** Nobody: he is not known. */
  readonly caller: Caller | undefined;
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, { readonly value: string }>;
  readonly failure: CloudError | undefined;
  readonly content: object | undefined;
  readonly ms: number;
};
export type Outcome = 'done' | 'accepted' | 'refused' | 'failed';

/** Whether a command changes something, or who is logged in. */
export function isChange(name: CommandName): boolean {
  const { kind, event, access, params }: AnyCommand = commands[name];
  if (kind === 'list') return false;
  const waits = kind === 'async' || kind === 'async-create';
  const secret = Object.values(params).some(({ spec }) => spec.secret);
  return waits || secret || event !== undefined || 'makes' in access || 'changes' in access || isOfSession(name);
}

/** Begins a session, or ends it. */
const sessionCommands: readonly string[] = ['login', 'logout', 'validateUserTwoFactorAuthenticationCode'];
export const isOfSession = (name: string): boolean => sessionCommands.includes(name);

/** The kinds of errors that say: not you, or not yet. */
const permissions: ReadonlySet<CloudError['kind']> = new Set(['unsupported', 'account', 'second-factor']);

/** Whether a call belongs into the audit log: it changes something, or is a log-in or a permission that was refused. */
export function isAudited({ name, parameters, failure, caller }: AuditedCall): boolean {
  // Who calls too often would fill it with just that.
  if (failure?.kind === 'too-many-requests' && !isOfSession(name)) return false;
  if (failure?.kind === 'unauthorized') return parameters.has('apikey');
  if (caller && failure && permissions.has(failure.kind)) return true;
  return isCommandName(name) && isChange(name) && (caller !== undefined || isOfSession(name));
}

/**
 * A line of the audit log. Of parameters it holds the ids alone, of texts nothing: whatever a person typed may be secret, and so may an error's words be,
 * which repeat it.
 */
export function auditRecord(call: AuditedCall): Readonly<Record<string, unknown>> {
  const { name, address, caller, parameters, failure, content, ms } = call;
  const command = isCommandName(name) ? name : undefined;
  return {
    time: new Date().toISOString(),
    ...(caller && whoIs(caller)),
    address,
    command: command ?? '(unknown)',
    ...(command && { named: idsIn(commands[command], parameters) }),
    outcome: outcomeOf(command, failure),
    ...(failure && { error: failure.kind, code: errorCodes[failure.kind] }),
    ...(content && madeIn(content)),
    ms,
  };
}

const whoIs = ({ userId, username, accountId, account, domainId, domainPath, keyId }: Caller) => ({
  ...{ user: username, userid: userId, account, accountid: accountId, domain: domainPath, domainid: domainId },
  ...(keyId !== undefined && { keyid: keyId }),
});

const outcomes: Partial<Record<CloudError['kind'], Outcome>> = { internal: 'failed', unavailable: 'failed' };

function outcomeOf(command: CommandName | undefined, failure: CloudError | undefined): Outcome {
  if (failure) return outcomes[failure.kind] ?? 'refused';
  const { kind }: AnyCommand = commands[command!];
  return kind === 'async' || kind === 'async-create' ? 'accepted' : 'done';
}

/** What parameters name, where it has the form of an id: nothing else is an id, whatever it stands in. */
function idsIn({ params }: AnyCommand, parameters: AuditedCall['parameters']): Readonly<Record<string, string>> {
  const found = Object.entries(params).flatMap(([name, { spec }]) => {
    const isNaming = !spec.secret && (spec.kind === 'uuid' || spec.kind === 'uuidlist');
    const ids = isNaming ? (parameters.get(name)?.value ?? '').split(',').filter(isId) : [];
    return ids.length > 0 ? [[name, ids.slice(0, most).join(',')]] : [];
  });
  return Object.fromEntries(found);
}
const most = 100;

/** The job, and the id of what was made. */
function madeIn(content: object): Readonly<Record<string, string>> {
  const { id, jobid } = content as { id?: unknown; jobid?: unknown };
  const inside = Object.values(content).find((value) => typeof value === 'object' && value !== null) as
    | { id?: unknown }
    | undefined;
  const made = id ?? inside?.id;
  return {
    ...(typeof jobid === 'string' && { job: jobid }),
    ...(typeof made === 'string' && isId(made) && { id: made }),
  };
}
