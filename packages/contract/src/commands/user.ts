import { boolean, command, date, everyone, integer, is, maps, paging, response, scope, string, uuid } from '../language.ts';
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

export const userKeys = response('userkeys', 'RegisterUserKeyResponse', 'the API keys of a user', {
  apikey: is.string('the API key'),
  secretkey: is.string('the secret key'),
});

export const registeredKeys = response('userkeys', 'ApiKeyPairResponse', 'new API keys of a user', {
  id: is.string('the pair of keys'),
  name: is.string('its name'),
  description: is.string('what it is for'),
  apikey: is.string('the API key'),
  secretkey: is.string('the secret key'),
  userid: is.string('the user'),
  username: is.string('the name of the user'),
  state: is.string('ENABLED'),
  created: is.date('when they were made'),
});

export const userCommands = {
  listUsers: command({
    kind: 'list',
    doc: 'Lists users.',
    roles: everyone,
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
  getUser: command({
    kind: 'sync',
    doc: 'Finds a user by API key.',
    roles: everyone,
    params: { userapikey: string().required().doc('the API key') },
    response: user,
  }),
  updateUser: command({
    kind: 'sync',
    doc: 'Changes a user.',
    roles: everyone,
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
      mandate2fa: boolean().doc('a second factor must be set up').unused(),
      passwordchangerequired: boolean().doc('the password must be changed at the next log-in').unused(),
    },
    response: user,
  }),
  registerUserKeys: command({
    kind: 'async',
    doc: 'Makes new API keys for a user; those until now stop working.',
    roles: everyone,
    event: 'REGISTER.USER.KEY',
    params: {
      id: uuid('user').required().doc('the user'),
      name: string().doc('the name of the pair of keys').unused(),
      description: string().doc('what it is for').unused(),
      startdate: date().doc('from when it is good').unused(),
      enddate: date().doc('until when it is good').unused(),
      rules: maps().doc('what it may be used for').unused(),
    },
    response: registeredKeys,
  }),
  getUserKeys: command({
    kind: 'sync',
    doc: 'Answers the API keys of a user.',
    roles: everyone,
    params: { id: uuid('user').required().doc('the user') },
    response: userKeys,
  }),
} as const;
