import { type AnyCommand, commands, entityNamed, isId, type ParamsOf } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { displayPath } from '../../accounts/display-path.ts';
import { containing, having, meaning } from '../conditions.ts';
import { everything, nameable } from '../entities.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { namesOf } from '../thing-names.ts';
import { chosen } from './chosen.ts';
import { refuse } from './rows.ts';

const ofCommands = Object.values(commands as Record<string, AnyCommand>).flatMap(({ event }) => event ?? []);
const types = [...new Set([...ofCommands, 'USER.LOGIN', 'USER.LOGOUT'])].sort();

export const events = {
  async listEvents(context, params) {
    const { count, rows } = await paged(context, params, 'event', matching(context, params), (query) =>
      query
        .leftJoin('account', 'account.id', 'event.account_id')
        .leftJoin('domain', 'domain.id', 'event.domain_id')
        .leftJoin('project', 'project.id', 'event.project_id')
        .leftJoin('users', 'users.id', 'event.user_id')
        .select(['event.id', 'event.type', 'event.level', 'event.state', 'event.description', 'event.created', 'event.archived'])
        .select(['event.resource_id as resourceid', 'event.resource_type as resourcetype', 'event.start_id as parentid'])
        .select(['users.username', 'account.name as account', 'event.project_id as projectid', 'project.name as project'])
        .select(['event.domain_id as domainid', 'domain.name as domain', 'domain.path'])
        .orderBy('event.created', 'desc')
        .orderBy('event.id'),
    );
    const names = await namesOf(context, rows.flatMap(thingOf));
    const items = rows.map(({ path, account, ...row }) => ({
      ...row,
      ...(row.projectid === null && { account }),
      resourcename: row.resourceid && names.get(row.resourceid),
      domainpath: path && displayPath(path),
    }));
    return { count, items };
  },

  async archiveEvents(context, params) {
    await context.db
      .updateTable('event')
      .set({ archived: true })
      .where('archived', '=', false)
      .where(chosen(params))
      .where(his(context))
      .execute();
    return { success: true };
  },

  async deleteEvents(context, params) {
    await context.db.deleteFrom('event').where(chosen(params)).where(his(context)).execute();
    return { success: true };
  },

  listEventTypes: async () => ({ count: types.length, items: types.map((name) => ({ name })) }),
} satisfies Handlers<'listEvents' | 'archiveEvents' | 'deleteEvents' | 'listEventTypes'>;

const his = ({ caller, command }: Context) => nameable('event', 'event', caller, command, 'change');

type About = { readonly resourceid: string | null; readonly resourcetype: string | null };
const thingOf = ({ resourceid: id, resourcetype: type }: About) => {
  const entity = type === null ? undefined : entityNamed(type);
  return entity && id !== null ? [{ entity, id }] : [];
};

function matching({ db }: Context, params: ParamsOf<'listEvents'>) {
  const { resourceid, startdate, enddate, startid } = params;
  if (resourceid !== undefined && !isId(resourceid)) refuse(`Invalid parameter resourceid value=${resourceid}: it is not an id.`);
  const when = (value: unknown, condition: RawBuilder<boolean>) => (value === undefined ? everything : condition);
  return db
    .selectFrom('event')
    .where(params.archived ? everything : sql<boolean>`not event.archived`)
    .where(having({ 'event.id': params.id, 'event.type': params.type, 'event.resource_id': resourceid }))
    .where(meaning({ 'event.level': params.level, 'event.state': params.state, 'event.resource_type': params.resourcetype }))
    .where(when(startdate, sql`event.created >= ${startdate}`))
    .where(when(enddate, sql`event.created <= ${enddate}`))
    .where(when(startid, sql`(event.start_id = ${startid} or event.id = ${startid})`))
    .where(unfinished(params))
    .where(containing(params.keyword, 'event.description', 'event.type', 'event.level'));
}

/** As CloudStack has it: the first events of jobs that were asked for so long ago, and are not completed. */
function unfinished({ entrytime, duration }: ParamsOf<'listEvents'>): RawBuilder<boolean> {
  if (entrytime === undefined && duration === undefined) return everything;
  if (entrytime === undefined || duration === undefined) refuse('entrytime and duration go together.');
  if (entrytime <= duration)
    refuse(`entrytime=${entrytime} must be greater than duration=${duration}: nothing lasts longer than ago it began.`);
  return sql<boolean>`(event.state = 'Scheduled'
    and event.created between now() - make_interval(secs => ${entrytime}) and now() - make_interval(secs => ${duration})
    and not exists (select from event later where later.start_id = event.id and later.state = 'Completed'))`;
}
