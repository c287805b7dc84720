import type { ParamsOf } from '@virtstack/contract';
import { containing } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';

export const alerts = {
  listAlerts: async (context, params) => {
    const { count, rows } = await paged(context, params, 'alert', matching(context, params), (query) =>
      query.select(['id', 'type', 'name', 'description', 'created as sent']).orderBy('created', 'desc').orderBy('id'),
    );
    return { count, items: rows };
  },
} satisfies Handlers<'listAlerts'>;

function matching({ db }: Context, params: ParamsOf<'listAlerts'>) {
  let query = db.selectFrom('alert').where('archived', '=', false);
  if (params.id !== undefined) query = query.where('id', '=', params.id);
  if (params.name !== undefined) query = query.where('name', '=', params.name);
  // A type is a number; whatever else is asked for, no alert has it.
  if (params.type !== undefined) query = query.where('type', '=', /^\d{1,5}$/.test(params.type) ? Number(params.type) : -1);
  return query.where(containing(params.keyword, 'description'));
}
