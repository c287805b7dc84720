import { boolean, changes, command, domainAdmins, integer, map, string, success, uuid } from '../language.ts';
import { account } from './account.ts';

const apikeyaccess = string().doc('Enabled, Disabled or Inherit: whether API keys may be used').unused();

/** An account is named by its id, or by its name and its domain. */
const named = {
  id: uuid('account').doc('the account'),
  account: string().doc('the account by its name; goes with domainid'),
  domainid: uuid('domain').doc('the domain of that account; absent: the caller’s'),
};

export const accountChangeCommands = {
  createAccount: command({
    kind: 'sync',
    doc: 'Makes an account with its first user.',
    roles: domainAdmins,
    access: changes('domainid'),
    event: 'ACCOUNT.CREATE',
    params: {
      account: string().doc('its name, once in its domain; absent: the user’s'),
      roleid: uuid('role').doc('its role: one that permits nothing that the caller may not'),
      accounttype: integer().doc(
        'its role by the type, where no roleid says it: 0 user, 1 admin, 2 domain admin, 3 resource admin',
      ),
      domainid: uuid('domain').doc('its domain; absent: the caller’s'),
      networkdomain: string().doc('the network domain of its guests'),
      accountdetails: map().doc('details of it'),
      username: string().required().doc('the name to log in with, once in its domain'),
      password: string().required().doc('the password').secret(),
      email: string().required().doc('the e-mail address'),
      firstname: string().required().doc('the first name'),
      lastname: string().required().doc('the last name'),
      timezone: string().doc('the time zone'),
      accountid: string().doc('the id that it is to have (a UUID), for clouds that share their accounts; root admins only'),
      userid: string().doc('the id that the user is to have (a UUID); root admins only'),
    },
    response: account,
  }),
  updateAccount: command({
    kind: 'sync',
    doc: 'Changes an account: its name, its role, its details.',
    roles: domainAdmins,
    access: changes('id'),
    event: 'ACCOUNT.UPDATE',
    params: {
      ...named,
      newname: string().doc('its new name'),
      roleid: uuid('role').doc('its new role: one that permits nothing that the caller may not'),
      networkdomain: string().doc('the network domain of its guests; empty: none'),
      accountdetails: map().doc('details of it, in place of those until now'),
      apikeyaccess,
    },
    response: account,
  }),
  deleteAccount: command({
    kind: 'async',
    doc: 'Deletes an account with its users and all that it owns. What hinders it is told; asked again, it goes on.',
    roles: domainAdmins,
    access: changes('id'),
    event: 'ACCOUNT.DELETE',
    params: { id: uuid('account').required().doc('the account') },
    response: success,
  }),
  disableAccount: command({
    kind: 'async',
    doc: 'Disables an account: its sessions end, its keys open nothing, its guests are stopped. Locked, its guests go on running.',
    roles: domainAdmins,
    access: changes('id'),
    event: 'ACCOUNT.DISABLE',
    params: {
      ...named,
      lock: boolean().required().doc('lock it only: nothing new is made for it, and its guests go on running'),
    },
    response: account,
  }),
  enableAccount: command({
    kind: 'sync',
    doc: 'Enables an account. Its guests stay as they are.',
    roles: domainAdmins,
    access: changes('id'),
    event: 'ACCOUNT.ENABLE',
    params: named,
    response: account,
  }),
  lockAccount: command({
    kind: 'sync',
    doc: 'Locks an account: disableAccount with lock=true, at once.',
    roles: domainAdmins,
    access: changes('domainid'),
    event: 'ACCOUNT.DISABLE',
    params: {
      account: string().required().doc('the account by its name'),
      domainid: uuid('domain').required().doc('the domain of that account'),
    },
    response: account,
  }),
} as const;
