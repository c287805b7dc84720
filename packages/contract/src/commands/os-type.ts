import { boolean, command, everyone, is, paging, response, shows, string, uuid, uuids } from '../language.ts';
import { showicon } from './shared.ts';

export const osType = response('ostype', 'GuestOSResponse', 'an operating system', {
  id: is.string('the operating system'),
  name: is.string('its name'),
  description: is.string('its name, for people'),
  oscategoryid: is.string('its category'),
  oscategoryname: is.string('the name of its category'),
  isuserdefined: is.boolean('whether an admin added it'),
  fordisplay: is.boolean('whether it is offered'),
});

export const osCategory = response('oscategory', 'GuestOSCategoryResponse', 'a category of operating systems', {
  id: is.string('the category'),
  name: is.string('its name'),
  isfeatured: is.boolean('whether it is shown first'),
  created: is.date('when it was made'),
});

export const osTypeCommands = {
  listOsTypes: command({
    kind: 'list',
    doc: 'Lists operating systems.',
    roles: everyone,
    access: shows('ostype'),
    params: {
      ...paging,
      id: uuid('ostype').doc('one operating system'),
      ids: uuids('ostype').doc('several operating systems'),
      oscategoryid: uuid('oscategory').doc('those of a category'),
      description: string().doc('by name'),
      fordisplay: boolean().doc('by whether they are offered').unused(),
    },
    response: osType,
  }),
  listOsCategories: command({
    kind: 'list',
    doc: 'Lists categories of operating systems.',
    roles: everyone,
    access: shows('oscategory'),
    params: {
      ...paging,
      id: uuid('oscategory').doc('one category'),
      name: string().doc('by name'),
      isfeatured: boolean().doc('by whether they are shown first').unused(),
      isiso: boolean().doc('those for which there is an ISO').unused(),
      isvnf: boolean().doc('those for which there is a network appliance').unused(),
      zoneid: uuid('zone').doc('those for which a zone has a template').unused(),
      arch: string().doc('by processor architecture').unused(),
      showicon,
    },
    response: osCategory,
  }),
} as const;
