import { admins, boolean, changes, command, everyone, paging, shows, string, success, uuid } from '../language.ts';
import { domain } from './domain.ts';
import { showicon } from './shared.ts';

export const domainChangeCommands = {
  createDomain: command({
    kind: 'sync',
    doc: 'Makes a domain below another.',
    roles: admins,
    access: changes('parentdomainid'),
    event: 'DOMAIN.CREATE',
    params: {
      name: string().required().doc('its name, once below the same domain'),
      parentdomainid: uuid('domain').doc('the domain above; absent: the caller’s'),
      networkdomain: string().doc('the network domain of its guests'),
      domainid: string().doc('the id that it is to have (a UUID), for clouds that share their domains; root admins only'),
    },
    response: domain,
  }),
  updateDomain: command({
    kind: 'sync',
    doc: 'Renames a domain, or changes the network domain of its guests.',
    roles: admins,
    access: changes('id'),
    event: 'DOMAIN.UPDATE',
    params: {
      id: uuid('domain').required().doc('the domain'),
      name: string().doc('its new name; the paths of all below it change with it'),
      networkdomain: string().doc('the network domain of its guests; empty: none'),
    },
    response: domain,
  }),
  moveDomain: command({
    kind: 'sync',
    doc: 'Puts a domain, with all that is below it, below another.',
    roles: admins,
    access: changes('domainid', 'parentdomainid'),
    event: 'DOMAIN.MOVE',
    params: {
      domainid: uuid('domain').required().doc('the domain'),
      parentdomainid: uuid('domain').required().doc('the domain that it is to be below'),
    },
    response: domain,
  }),
  deleteDomain: command({
    kind: 'async',
    doc: 'Deletes a domain.',
    roles: admins,
    access: changes('id'),
    event: 'DOMAIN.DELETE',
    params: {
      id: uuid('domain').required().doc('the domain'),
      cleanup: boolean()
        .default(false)
        .doc('delete all domains below it too, and all accounts and projects of them with what they own; else it must be empty'),
    },
    response: success,
  }),
  listDomainChildren: command({
    kind: 'list',
    doc: 'Lists the domains below a domain.',
    roles: everyone,
    access: shows('domain'),
    params: {
      ...paging,
      id: uuid('domain').doc('the domain above; absent: the caller’s'),
      name: string().doc('by name'),
      isrecursive: boolean().default(false).doc('also those below them'),
      listall: boolean().default(false).doc('the same as isrecursive, where no id is given'),
      showicon,
    },
    response: domain,
  }),
} as const;
