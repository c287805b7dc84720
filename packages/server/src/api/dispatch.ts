import { randomUUID } from 'node:crypto';
import { type AnyCommand, body, type CommandName, commands, isId, type Json, type ParamsOf, validate } from '@virtstack/contract';
import { mayCall } from '../accounts/permissions.ts';
import type { CachedSettings } from '../accounts/settings.ts';
import type { Cloud } from '../cloud.ts';
import { CloudError, isCloudError, wordsFor } from '../error.ts';
import type { JobRequest } from '../jobs/request.ts';
import { checkEntities } from './check-entities.ts';
import { recordEvent, recordFailure } from './events.ts';
import type { Caller, Context } from './handler.ts';
import { ownerFor } from './owner.ts';
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
  try {
    const content = await retried(() => cloud.db.transaction().execute((db) => change({ ...context, db }, declared, params)));
    return content;
  } catch (error) {
    if (declared.event) await tellFailure(cloud, declared, { command, caller, params, error });
    throw isCloudError(error) && error.forAdmins !== undefined ? asTold(error, caller) : error;
  } finally {
    cloud.settings.forget();
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

const run = (command: DispatchedCommand, context: Context, params: ParamsOf<CommandName>): Promise<unknown> =>
  (handlers[command] as unknown as Run)(context, params);

/** Within a transaction: the handler, its job and its event, all of them or none. */
async function change(context: Context, declared: AnyCommand, params: ParamsOf<CommandName>): Promise<Content> {
  const made = await run(context.command as DispatchedCommand, context, params);
  const about = { type: declared.event, caller: context.caller, command: context.command };
  if (declared.kind === 'sync') {
    const content = body(context.command, made as never);
    if (about.type)
      await recordEvent(context.db, { ...about, type: about.type, state: 'Completed', ...subjectOf(declared, params, content) });
    return content;
  }
  const request = made as JobRequest;
  const startEventId = randomUUID();
  const { caller, command } = context;
  const jobid = await context.jobs.enqueue(context.db, request, {
    command,
    userId: caller.userId,
    accountId: caller.accountId,
    domainId: caller.domainId,
    ...(about.type && { startEventId }),
  });
  const resource = request.instance ? { resourceType: request.instance.type, resourceId: request.instance.id } : {};
  if (about.type)
    await recordEvent(context.db, { ...about, id: startEventId, type: about.type, state: 'Scheduled', ...resource });
  return declared.kind === 'async-create' && request.instance ? { id: request.instance.id, jobid } : { jobid };
}

/** What a synchronous command was about: the thing that its `id` names, or the one that it made. */
function subjectOf(declared: AnyCommand, params: object, content: Content): { resourceType?: string; resourceId?: string } {
  const named = (params as { id?: unknown }).id;
  const made = Object.values(content).flatMap((value) => value as object[])[0] as { id?: unknown } | undefined;
  const id = named ?? made?.id;
  const type = declared.params.id?.spec.entity ?? declared.response.key;
  return typeof id === 'string' && isId(id) ? { resourceType: type, resourceId: id } : {};
}

type Failure = { command: CommandName; caller: Caller; params: object; error: unknown };
async function tellFailure(cloud: Cloud, declared: AnyCommand, { command, caller, params, error }: Failure): Promise<void> {
  const text = isCloudError(error) ? wordsFor(caller.role === 'Admin', error) : 'an unexpected error';
  const event = { type: declared.event!, command, caller, state: 'Completed', failure: text, ...subjectOf(declared, params, {}) };
  await recordFailure(cloud.db, event).catch((cause: unknown) =>
    cloud.log.warn({ err: cause, command }, 'an event could not be recorded'),
  );
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
