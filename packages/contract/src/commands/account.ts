import { boolean, command, everyone, integer, is, list, paging, response, scope, shows, string, uuid } from '../language.ts';
import { limits } from './limits.ts';
import { showicon } from './shared.ts';
import { user } from './user.ts';

const { account: _, ...ofDomain } = scope;

export const account = response('account', 'AccountResponse', 'an account', {
  id: is.string('the account'),
  name: is.string('its name'),
  accounttype: is.integer('0 user, 1 admin, 2 domain admin'),
  roleid: is.string('its role'),
  roletype: is.string('the type of its role'),
  rolename: is.string('the name of its role'),
  domainid: is.string('its domain'),
  domain: is.string('the name of its domain'),
  domainpath: is.string('the path of its domain'),
  state: is.string('enabled, disabled or locked'),
  isdefault: is.boolean('whether every installation has it'),
  networkdomain: is.string('the network domain of its guests'),
  vmrunning: is.integer('its running guests'),
  vmstopped: is.integer('its stopped guests'),
  accountdetails: is.map('its details'),
  user: is.objects('its users', user),
  created: is.date('when it was made'),
  ...limits,
});

export const accountCommands = {
  listAccounts: command({
    kind: 'list',
    doc: 'Lists accounts.',
    roles: everyone,
    access: shows('account'),
    params: {
      ...paging,
      ...ofDomain,
      id: uuid('account').doc('one account'),
      name: string().doc('by name'),
      state: string().doc('by state'),
      accounttype: integer().doc('by type: 0 user, 1 admin, 2 domain admin'),
      iscleanuprequired: boolean().doc('those of which something remains').unused(),
      details: list().doc('what to show: all, resource, min').unused(),
      apikeyaccess: string().doc('by whether API keys may be used').unused(),
      tag: string().doc('show limits of a tag').unused(),
      showicon,
    },
    response: account,
  }),
} as const;
