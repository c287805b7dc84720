import { type AnyCommand, type CommandName, commands, type ParameterSpec } from '@virtstack/contract';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { notNameable, type Use } from './entities.ts';
import type { Caller } from './handler.ts';

/** Every project: CloudStack's word, which names nothing that could be loaded. */
const everyProject = '-1';

/** Every thing that a parameter names exists and is the caller's to name. @throws {CloudError} `parameter`: the same words whether it does not exist or is not his. */
export async function checkEntities(db: Database, command: CommandName, params: object, caller: Caller): Promise<void> {
  const declared: AnyCommand = commands[command];
  for (const [parameter, { spec }] of Object.entries(declared.params)) {
    const given = (params as Record<string, unknown>)[parameter];
    if (!spec.entity || given === undefined || (spec.entity === 'project' && given === everyProject)) continue;
    const ids = (Array.isArray(given) ? given : [given]) as readonly string[];
    const [unknown] = await notNameable(db, spec.entity, ids, { caller, command, use: useOf(declared, parameter) });
    if (unknown !== undefined) throw noEntity(command, parameter, unknown, spec);
  }
}

const useOf = ({ access }: AnyCommand, parameter: string): Use =>
  'changes' in access && access.changes?.includes(parameter) ? 'change' : 'use';

/** Clients look for these words to tell that something is gone. */
const noEntity = (command: CommandName, parameter: string, id: string, spec: ParameterSpec): CloudError =>
  new CloudError(
    'parameter',
    `Unable to execute API command ${command.toLowerCase()} due to invalid value. Invalid parameter ${parameter} value=${id} due to incorrect long value format, or entity does not exist or due to incorrect parameter annotation for the field in api cmd class. (There is no ${spec.entity} of that id, or it is not yours to see.)`,
  );
