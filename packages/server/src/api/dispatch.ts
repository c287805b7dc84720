import { randomUUID } from 'node:crypto';
import { type AnyCommand, body, type CommandName, commands, isId, type Json, type ParamsOf, validate } from '@virtstack/contract';
import { enforceLimits } from '../accounts/enforce-limits.ts';
import { mayCall } from '../accounts/permissions.ts';
import type { CachedSettings } from '../accounts/settings.ts';
import type { Cloud } from '../cloud.ts';
import { CloudError, isCloudError, wordsFor } from '../error.ts';
import type { JobRequest } from '../jobs/request.ts';
import { withAnnotations } from './annotated.ts';
import { checkEntities, entityOf } from './check-entities.ts';
import { recordEvent, recordFailure } from './events.ts';
import type { Caller, Context } from './handler.ts';
import { contentOfEnded } from './job-end.ts';
import { ownerFor, requireActive } from './owner.ts';
import { type DispatchedCommand, handlers } from './registry.ts';

/** A call as it came, after the caller was established. */
export type Call = {
  readonly command: DispatchedCommand;
  readonly caller: Caller;
  readonly parameters: Iterable<readonly [string, string]>;
};
export type Content = Readonly<Record<string, Json>>;

type Run = (context: Context, params: ParamsOf<CommandName>) => Promise<unknown>;
type ServingCloud = Cloud & { readonly settings: CachedSettings };

/**
 * Checks and runs a command; answers what belongs into its envelope.
 * @throws {CloudError} what the caller is to be told. Anything else is a fault of ours.
 */
export async function dispatch(cloud: ServingCloud, { command, caller, parameters }: Call): Promise<Content> {
  const declared: AnyCommand = commands[command];
  if (!mayCall(caller, command)) throw notAvailable(command);
  const params = valuesOf(command, parameters);
  await checkEntities(cloud.db, command, params, caller);
  const owner = await ownerFor({ ...cloud, caller, command }, params);
  const context = { ...cloud, caller, command, owner };
  if (declared.kind === 'list') return body(command, (await run(command, context, params)) as never);
  const content = await changed(context, declared, params);
  return declared.byJob ? contentOfEnded(cloud, command, content.jobid as string) : content;
}

async function changed(
  context: Context & { readonly settings: CachedSettings },
  declared: AnyCommand,
  params: ParamsOf<CommandName>,
): Promise<Content> {
  const { db, settings, caller } = context;
  try {
    return await retried(() => db.transaction().execute((tx) => change({ ...context, db: tx }, declared, params)));
  } catch (error) {
    if (declared.event) await tellFailure(context, declared, params, error);
    throw isCloudError(error) && error.forAdmins !== undefined ? asTold(error, caller) : error;
  } finally {
    settings.forget();
  }
}

/** The same words for a command that does not exist and one that is not for this caller. */
export const notAvailable = (command: string): CloudError =>
  new CloudError(
    'unsupported',
    `The given command '${command.slice(0, 100)}' either does not exist, is not available for user, or not available from this address.`,
  );

function valuesOf<N extends CommandName>(command: N, parameters: Call['parameters']): ParamsOf<N> {
  const read = validate(command, parameters);
  if ('values' in read) return read.values;
  throw new CloudError('parameter', read.problems.map(({ message }) => message).join('; '));
}

const run = async (command: DispatchedCommand, context: Context, params: ParamsOf<CommandName>): Promise<unknown> =>
  withAnnotations(context, await (handlers[command] as unknown as Run)(context, params));

/** Within a transaction: the handler, its job and its event, all of them or none; and nobody has more afterwards than he may. */
async function change(context: Context, declared: AnyCommand, params: ParamsOf<CommandName>): Promise<Content> {
  const { access } = declared;
  if ('makes' in access && !access.takenAway) await requireActive(context.db, context.owner, 'new is made');
  const made = await run(context.command as DispatchedCommand, context, params);
  await enforceLimits(context);
  const { caller, command, owner } = context;
  const about = { type: declared.event, caller, command, owner };
  if (declared.kind === 'sync' && !declared.byJob) {
    const content = body(context.command, made as never);
    if (about.type)
      await recordEvent(context.db, {
        ...about,
        type: about.type,
        state: 'Completed',
        thing: subjectOf(context, params, content),
      });
    return content;
  }
  const request = made as JobRequest;
  const startEventId = randomUUID();
  const thing = request.instance ?? subjectOf(context, params, {});
  const jobid = await context.jobs.enqueue(context.db, request, {
    command,
    userId: caller.userId,
    accountId: caller.accountId,
    domainId: caller.domainId,
    about: thing,
    ...(about.type && { startEventId }),
  });
  if (about.type) await recordEvent(context.db, { ...about, id: startEventId, type: about.type, state: 'Scheduled', thing });
  return declared.kind === 'async-create' && request.instance ? { id: request.instance.id, jobid } : { jobid };
}

/** What a command was about: the thing that it made, else the first that it changed. */
function subjectOf({ command }: Context, params: object, content: Content): { type: string; id: string } | undefined {
  const { access, params: declared }: AnyCommand = commands[command];
  const made = Object.values(content).flatMap((value) => value as object[])[0] as { id?: unknown } | undefined;
  if ('makes' in access) return typeof made?.id === 'string' && isId(made.id) ? { type: access.makes, id: made.id } : undefined;
  const named = ['changes' in access ? access.changes : [], 'id'].flat().find((name) => name in params && declared[name]);
  const type = named === undefined ? undefined : entityOf(command, declared[named]!.spec, params);
  const id: unknown = [(params as Record<string, unknown>)[named ?? '']].flat()[0];
  return type !== undefined && typeof id === 'string' && isId(id) ? { type, id } : undefined;
}

async function tellFailure(context: Context, { event }: AnyCommand, params: object, error: unknown): Promise<void> {
  const { command, caller, owner, db, log } = context;
  const failure = isCloudError(error) ? error : new CloudError('internal', 'an unexpected error');
  const record = { type: event!, command, caller, owner, state: 'Completed', failure, thing: subjectOf(context, params, {}) };
  await recordFailure(db, record).catch((cause: unknown) => log.warn({ err: cause, command }, 'an event could not be recorded'));
}

const asTold = (error: CloudError, { role }: Caller): CloudError =>
  new CloudError(error.kind, wordsFor(role === 'Admin', error), { cause: error.cause, detail: error.detail });

/** PostgreSQL's codes: serialization failure, deadlock. */
const passing = new Set(['40001', '40P01']);
const attempts = 4;

async function retried<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === attempts || !passing.has((error as { code?: string }).code ?? '')) throw error;
    }
  }
}
