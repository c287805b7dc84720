import { boolean, changes, command, everyone, integer, is, paging, response, scope, shows, string, uuid } from '../language.ts';
import { showicon } from './shared.ts';

const apiKeyAccess = string().doc('Enabled, Disabled or Inherit: whether API keys may be used').unused();

export const user = response('user', 'UserResponse', 'a user', {
  id: is.string('the user'),
  username: is.string('the name to log in with'),
  firstname: is.string('the first name'),
  lastname: is.string('the last name'),
  email: is.string('the e-mail address'),
  state: is.string('enabled, disabled or locked'),
  timezone: is.string('the time zone'),
  account: is.string('the account'),
  accountid: is.string('the account, by id'),
  accounttype: is.integer('0 user, 1 admin, 2 domain admin'),
  roleid: is.string('the role'),
  roletype: is.string('the type of the role'),
  rolename: is.string('the name of the role'),
  domainid: is.string('the domain'),
  domain: is.string('the name of the domain'),
  apikey: is.string('the API key'),
  usersource: is.string('who knows the password: native'),
  iscallerchilddomain: is.boolean('whether the domain is below the caller’s'),
  isdefault: is.boolean('whether every installation has it'),
  is2faenabled: is.boolean('whether a second factor is asked for'),
  is2famandated: is.boolean('whether a second factor must be set up'),
  created: is.date('when it was made'),
});

export const userCommands = {
  listUsers: command({
    kind: 'list',
    doc: 'Lists users.',
    roles: everyone,
    access: shows('user'),
    params: {
      ...paging,
      ...scope,
      id: uuid('user').doc('one user'),
      username: string().doc('by name'),
      state: string().doc('by state'),
      accounttype: integer().doc('by type of the account: 0 user, 1 admin, 2 domain admin'),
      apikeyaccess: apiKeyAccess,
      usersource: string().doc('by who knows the password').unused(),
      showicon,
    },
    response: user,
  }),
  updateUser: command({
    kind: 'sync',
    doc: 'Changes a user.',
    roles: everyone,
    access: changes('id'),
    event: 'USER.UPDATE',
    params: {
      id: uuid('user').required().doc('the user'),
      username: string().doc('the new name to log in with'),
      firstname: string().doc('the first name'),
      lastname: string().doc('the last name'),
      email: string().doc('the e-mail address'),
      timezone: string().doc('the time zone'),
      password: string().doc('the new password').secret(),
      currentpassword: string().doc('the password until now; needed unless an admin changes somebody else’s').secret(),
      userapikey: string().doc('an API key; registerUserKeys makes one').secret().unused(),
      usersecretkey: string().doc('a secret key; registerUserKeys makes one').secret().unused(),
      apikeyaccess: apiKeyAccess,
      mandate2fa: boolean().doc('a second factor must be set up; admins say so of others'),
      passwordchangerequired: boolean().doc('the password must be changed before anything else; admins say so of others'),
    },
    response: user,
  }),
} as const;
