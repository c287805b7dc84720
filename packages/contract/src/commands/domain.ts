import { boolean, command, everyone, integer, is, list, ownership, paging, response, shows, string, uuid } from '../language.ts';
import { limits } from './limits.ts';
import { annotated, showicon } from './shared.ts';
import { byTags, tag } from './tag.ts';

export const domain = response('domain', 'DomainResponse', 'a domain', {
  id: is.string('the domain'),
  name: is.string('its name'),
  path: is.string('its path, from ROOT'),
  level: is.integer('how deep it is, from 0'),
  parentdomainid: is.string('the domain above'),
  parentdomainname: is.string('the name of the domain above'),
  haschild: is.boolean('whether domains are below'),
  networkdomain: is.string('the network domain of its guests'),
  state: is.string('Active or Inactive'),
  created: is.date('when it was made'),
  tags: is.objects('its tags', tag),
  ...limits,
  ...annotated,
});

export const domainCommands = {
  listDomains: command({
    kind: 'list',
    doc: 'Lists domains.',
    roles: everyone,
    access: shows('domain'),
    params: {
      ...paging,
      ...ownership,
      listall: boolean().default(false).doc('every domain that the caller may see, not only his own'),
      id: uuid('domain').doc('one domain'),
      name: string().doc('by name'),
      level: integer().doc('by depth'),
      details: list().doc('what to show: all, resource, min').unused(),
      tag: string().doc('show limits of a tag').unused(),
      tags: byTags,
      showicon,
    },
    response: domain,
  }),
} as const;
