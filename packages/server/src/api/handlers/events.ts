import { isId, type ParamsOf } from '@virtstack/contract';
import { CloudError } from '../../error.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { displayPath } from './domains.ts';

export const events = {
  listEvents: async (context, params) => {
    const { count, rows } = await paged(context, params, 'event', matching(context, params), (query) =>
      query
        .leftJoin('account', 'account.id', 'event.account_id')
        .leftJoin('domain', 'domain.id', 'event.domain_id')
        .leftJoin('users', 'users.id', 'event.user_id')
        .select(['event.id', 'event.type', 'event.level', 'event.state', 'event.description', 'event.created'])
        .select(['event.resource_id as resourceid', 'event.resource_type as resourcetype', 'event.start_id as parentid'])
        .select([
          'users.username',
          'account.name as account',
          'event.domain_id as domainid',
          'domain.name as domain',
          'domain.path',
        ])
        .orderBy('event.created', 'desc')
        .orderBy('event.id'),
    );
    return { count, items: rows.map(({ path, ...row }) => ({ ...row, domainpath: path && displayPath(path), archived: false })) };
  },
} satisfies Handlers<'listEvents'>;

function matching({ db }: Context, params: ParamsOf<'listEvents'>) {
  if (params.resourceid !== undefined && !isId(params.resourceid))
    throw new CloudError('parameter', `Invalid parameter resourceid value=${params.resourceid}: it is not an id.`);
  let query = db.selectFrom('event');
  if (params.id !== undefined) query = query.where('event.id', '=', params.id);
  if (params.type !== undefined) query = query.where('event.type', '=', params.type);
  if (params.level !== undefined) query = query.where('event.level', '=', params.level.toUpperCase());
  if (params.state !== undefined) query = query.where('event.state', '=', params.state);
  if (params.startdate !== undefined) query = query.where('event.created', '>=', params.startdate);
  if (params.enddate !== undefined) query = query.where('event.created', '<=', params.enddate);
  if (params.startid !== undefined)
    query = query.where((eb) => eb.or([eb('event.start_id', '=', params.startid!), eb('event.id', '=', params.startid!)]));
  if (params.resourceid !== undefined) query = query.where('event.resource_id', '=', params.resourceid);
  return query.where(containing(params.keyword, 'event.description'));
}
