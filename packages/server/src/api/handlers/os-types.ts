import { containing, having } from '../conditions.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';

export const osTypes = {
  async listOsTypes(context, params) {
    const query = context.db
      .selectFrom('os_type')
      .innerJoin('os_category', 'os_category.id', 'os_type.os_category_id')
      .select(['os_type.id', 'os_type.name', 'os_type.os_category_id', 'os_category.name as category'])
      .where(having({ 'os_type.id': params.ids ?? params.id, 'os_type.os_category_id': params.oscategoryid }))
      .where(having({ 'os_type.name': params.description }))
      .where(containing(params.keyword, 'os_type.name'))
      .orderBy('os_category.created')
      .orderBy('os_category.name')
      .orderBy('os_type.name')
      .orderBy('os_type.id');
    const { count, rows } = await paged(context, params, 'os_type', query);
    const items = rows.map(({ id, name, os_category_id: oscategoryid, category: oscategoryname }) => ({
      ...{ id, name, description: name, oscategoryid, oscategoryname },
      isuserdefined: false,
      fordisplay: true,
    }));
    return { count, items };
  },

  async listOsCategories(context, params) {
    const query = context.db
      .selectFrom('os_category')
      .selectAll()
      .where(having({ id: params.id, name: params.name }))
      .where(containing(params.keyword, 'name'))
      .orderBy('name')
      .orderBy('id');
    const { count, rows } = await paged(context, params, 'os_category', query);
    return { count, items: rows.map(({ id, name, created }) => ({ id, name, created, isfeatured: false })) };
  },
} satisfies Handlers<'listOsTypes' | 'listOsCategories'>;
