import { type AnyCommand, type CommandName, commands, type Entity, isId, type ParameterSpec } from '@virtstack/contract';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { notNameable, type Use } from './entities.ts';
import type { Caller } from './handler.ts';

/** Every project: CloudStack's word, which names nothing that could be loaded. */
const everyProject = '-1';
type Values = Readonly<Record<string, unknown>>;

/** Every thing that a parameter names exists and is the caller's to name. @throws {CloudError} `parameter`: the same words whether it does not exist or is not his. */
export async function checkEntities(db: Database, command: CommandName, params: object, caller: Caller): Promise<void> {
  const declared: AnyCommand = commands[command];
  for (const [parameter, { spec }] of Object.entries(declared.params)) {
    const given = (params as Values)[parameter];
    if (given === undefined) continue;
    const entity = entityOf(command, spec, params);
    const use = useOf(declared, parameter);
    if (!entity || (entity === 'project' && given === everyProject && use === 'use')) continue;
    const ids = (Array.isArray(given) ? given : [given]) as readonly string[];
    // what CloudStack declares as a text may hold anything
    const malformed = ids.find((id) => !isId(id));
    const [unknown] = malformed === undefined ? await notNameable(db, entity, ids, { caller, command, use }) : [malformed];
    if (unknown !== undefined && entity === 'project') refuseInProject(caller, command, unknown);
    if (unknown !== undefined) throw noEntity(command, parameter, unknown, entity);
  }
}

/** The kind of thing that a parameter names in this call. @throws {CloudError} the parameter that would say it is missing. */
export function entityOf(command: CommandName, { entity, entityBy }: ParameterSpec, params: object): Entity | undefined {
  if (!entityBy) return entity;
  const type = (params as Values)[entityBy.parameter];
  if (typeof type !== 'string')
    throw new CloudError(
      'parameter',
      `Unable to execute API command ${command.toLowerCase()} due to missing parameter ${entityBy.parameter}`,
    );
  return entityBy.kinds[type];
}

/** A member knows that there is the project. @throws {CloudError} `account` */
function refuseInProject({ projects }: Caller, command: CommandName, id: string): void {
  if (projects.some((project) => project.id === id.toLowerCase()))
    throw new CloudError('account', `Your role in the project ${id} does not permit ${command}.`);
}

const useOf = ({ access }: AnyCommand, parameter: string): Use =>
  'changes' in access && access.changes?.includes(parameter) ? 'change' : 'use';

/** Clients look for these words to tell that something is gone. */
export const noEntity = (command: CommandName, parameter: string, id: string, entity: Entity): CloudError =>
  new CloudError(
    'parameter',
    `Unable to execute API command ${command.toLowerCase()} due to invalid value. Invalid parameter ${parameter} value=${id.slice(0, 100)} due to incorrect long value format, or entity does not exist or due to incorrect parameter annotation for the field in api cmd class. (There is no ${entity} of that id, or it is not yours to see.)`,
  );
