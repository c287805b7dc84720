import { admins, boolean, changes, command, domainAdmins, string, success, uuid } from '../language.ts';
import { user } from './user.ts';

const id = uuid('user').required().doc('the user');

export const userChangeCommands = {
  createUser: command({
    kind: 'sync',
    doc: 'Makes a user of an account.',
    roles: domainAdmins,
    access: changes('domainid'),
    event: 'USER.CREATE',
    params: {
      account: string().required().doc('the account by its name'),
      domainid: uuid('domain').doc('the domain of that account; absent: the caller’s'),
      username: string().required().doc('the name to log in with, once in the domain'),
      password: string().required().doc('the password').secret(),
      email: string().required().doc('the e-mail address'),
      firstname: string().required().doc('the first name'),
      lastname: string().required().doc('the last name'),
      timezone: string().doc('the time zone'),
      passwordchangerequired: boolean().default(false).doc('the password must be changed at the first log-in'),
      userid: string().doc('the id that he is to have (a UUID), for clouds that share their users; root admins only'),
    },
    response: user,
  }),
  deleteUser: command({
    kind: 'sync',
    doc: 'Deletes a user. What his account owns stays.',
    roles: domainAdmins,
    access: changes('id'),
    event: 'USER.DELETE',
    params: { id },
    response: success,
  }),
  disableUser: command({
    kind: 'async',
    doc: 'Disables a user: his sessions end, his keys open nothing.',
    roles: domainAdmins,
    access: changes('id'),
    event: 'USER.DISABLE',
    params: { id },
    response: user,
  }),
  enableUser: command({
    kind: 'sync',
    doc: 'Enables a user, also one whom too many wrong passwords shut out.',
    roles: domainAdmins,
    access: changes('id'),
    event: 'USER.ENABLE',
    params: { id },
    response: user,
  }),
  lockUser: command({
    kind: 'sync',
    doc: 'Locks a user: his sessions end, his keys open nothing.',
    roles: domainAdmins,
    access: changes('id'),
    event: 'USER.LOCK',
    params: { id },
    response: user,
  }),
  moveUser: command({
    kind: 'sync',
    doc: 'Moves a user to another account of the same domain.',
    roles: admins,
    access: changes('id', 'accountid'),
    event: 'USER.MOVE',
    params: {
      id,
      account: string().doc('the account by its name, in the user’s domain'),
      accountid: uuid('account').doc('the account'),
    },
    response: success,
  }),
} as const;
