import type { ParamsOf } from '@virtstack/contract';
import { alertKinds, raiseAlert } from '../../hosts/alert.ts';
import { containing, having } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { chosen } from './chosen.ts';
import { refuse } from './rows.ts';

export const alerts = {
  async listAlerts(context, params) {
    const { count, rows } = await paged(context, params, 'alert', matching(context, params), (query) =>
      query.select(['id', 'type', 'name', 'description', 'created as sent']).orderBy('created', 'desc').orderBy('id'),
    );
    return { count, items: rows };
  },

  async generateAlert({ db }, { type, name, description, zoneid }) {
    const kind = alertKinds.find(({ number }) => number === type);
    if (!kind) refuse(`There is no type ${type} of alerts; listAlertTypes tells those that there are.`);
    await raiseAlert(db, { type: kind.type, name, description, ...(zoneid !== undefined && { zoneId: zoneid }) });
    return { saga: 'nothing-left-to-do', state: {} };
  },

  async archiveAlerts({ db }, params) {
    await db.updateTable('alert').set({ archived: true }).where('archived', '=', false).where(chosen(params)).execute();
    return { success: true };
  },

  async deleteAlerts({ db }, params) {
    await db.deleteFrom('alert').where(chosen(params)).execute();
    return { success: true };
  },

  listAlertTypes: async () => ({
    count: alertKinds.length,
    items: alertKinds.map(({ number, name }) => ({ type: number, name })),
  }),
} satisfies Handlers<'listAlerts' | 'generateAlert' | 'archiveAlerts' | 'deleteAlerts' | 'listAlertTypes'>;

function matching({ db }: Context, { id, name, type, keyword }: ParamsOf<'listAlerts'>) {
  // A type is a number; whatever else is asked for, no alert has it.
  const number = type === undefined ? undefined : /^\d{1,5}$/.test(type) ? Number(type) : -1;
  return db
    .selectFrom('alert')
    .where('archived', '=', false)
    .where(having({ id, name, type: number }))
    .where(containing(keyword, 'description', 'name'));
}
