import { acceptedFrom, isAccepted, type MachineCommand } from '@virtstack/contract';
import { CloudError } from '../../error.ts';
import type { Context } from '../handler.ts';

/** A machine's state, which nobody else changes until the command ends. */
export const locked = (
  { db }: Context,
  id: string,
): Promise<{ state: string; display_name: string; account_id: string; project_id: string | null }> =>
  db
    .selectFrom('virtual_machine')
    .select(['state', 'display_name', 'account_id', 'project_id'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();

/** `web is Stopped` */
export const described = async (context: Context, id: string): Promise<string> => {
  const { display_name, state } = await locked(context, id);
  return `${display_name} is ${state}`;
};

/**
 * Refuses early what the job would refuse, unless an open job is about to change the state: then the job decides, when its turn comes.
 * @throws {CloudError} `conflict`
 */
export async function requireState(context: Context, id: string, command: MachineCommand, done: string): Promise<void> {
  const { state } = await locked(context, id);
  if (isAccepted(command, state)) return;
  const open = await context.db
    .selectFrom('job')
    .select('id')
    .where('instance_id', '=', id)
    .where('status', '=', 0)
    .executeTakeFirst();
  if (open) return;
  const states = acceptedFrom(command).join(' or ');
  throw new CloudError('conflict', `${await described(context, id)}; only one that is ${states} can be ${done}.`);
}
