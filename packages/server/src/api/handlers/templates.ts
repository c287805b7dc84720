import { CloudError } from '../../error.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { withTags } from '../tags.ts';
import { checkTemplateDetails, registerTemplate } from './register-template.ts';
import { refuse } from './rows.ts';
import { findTemplate, templateResponse, templatesFor, withStores } from './template-rows.ts';

export const templates = {
  registerTemplate,

  async listTemplates(context, params) {
    const { caller } = context;
    if (params.templatefilter === 'all' && caller.role !== 'Admin')
      throw new CloudError(
        'parameter',
        'templatefilter=all can be specified by root admin only. Use executable, self, featured or community.',
      );
    const query = templatesFor(context, params);
    const { count, rows } = await paged(
      context,
      { page: params.page, pagesize: params.pagesize, tags: params.tags, listall: true, projectid: '-1' },
      'template',
      query,
      (found) => withStores(found, params.zoneid),
    );
    return { count, items: (await withTags(context.db, rows)).map((row) => templateResponse(row, caller)) };
  },

  async updateTemplate({ db, caller }, params) {
    const old = await findTemplate(db, params.id);
    const details = params.cleanupdetails ? {} : (params.details ?? old.details);
    checkTemplateDetails(details, caller.role === 'Admin');
    await db
      .updateTable('template')
      .set({
        name: params.name || old.name,
        display_text: params.displaytext ?? old.display_text,
        os_type_id: params.ostypeid ?? old.os_type_id,
        password_enabled: params.passwordenabled ?? old.password_enabled,
        requires_hvm: params.requireshvm ?? old.requires_hvm,
        ...{ arch: params.arch ?? old.arch, details: JSON.stringify(details) },
      })
      .where('id', '=', params.id)
      .execute();
    return templateResponse(await findTemplate(db, params.id), caller);
  },

  async deleteTemplate({ db }, { id, forced }) {
    const template = await findTemplate(db, id);
    if (template.template_type !== 'USER') refuse(`The template ${template.name} is part of the cloud and cannot be deleted.`);
    const { n } = await db
      .selectFrom('virtual_machine')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('template_id', '=', id)
      .where('removed', 'is', null)
      .executeTakeFirstOrThrow();
    if (n > 0 && !forced)
      throw new CloudError(
        'in-use',
        `${n} virtual ${n === 1 ? 'machine is' : 'machines are'} made of the template ${template.name}. They would keep running: delete it with forced=true.`,
      );
    return { saga: 'delete-template', state: { templateId: id }, subject: id, instance: { type: 'Template', id } };
  },
} satisfies Handlers<'registerTemplate' | 'listTemplates' | 'updateTemplate' | 'deleteTemplate'>;
