import {
  boolean,
  caller,
  changes,
  command,
  date,
  everyone,
  is,
  maps,
  paging,
  response,
  shows,
  string,
  success,
  uuid,
} from '../language.ts';
import { user } from './user.ts';

const rule = {
  rule: is.string('a command, or a pattern of commands: list*'),
  permission: is.string('allow or deny'),
  description: is.string('what it is for'),
};

const heldKeys = response('userkeys', 'RegisterUserKeyResponse', 'a pair of API keys', {
  apikey: is.string('the API key'),
  secretkey: is.string('the secret key'),
});

const keyPermission = response('keypermission', 'BaseRolePermissionResponse', 'a rule of a pair of API keys', rule);

const keyPair = response('userkeys', 'ApiKeyPairResponse', 'a pair of API keys', {
  id: is.string('the pair'),
  name: is.string('its name'),
  description: is.string('what it is for'),
  apikey: is.string('the API key'),
  secretkey: is.string('the secret key: answered when the pair is made, and in no list'),
  userid: is.string('the user'),
  username: is.string('the name of the user'),
  accountid: is.string('the account of the user'),
  accountname: is.string('the name of the account'),
  accounttype: is.string('the type of the account'),
  roleid: is.string('the role of the user'),
  roletype: is.string('the type of the role'),
  rolename: is.string('the name of the role'),
  domainid: is.string('the domain of the user'),
  domain: is.string('the name of the domain'),
  domainpath: is.string('the path of the domain'),
  state: is.string('ENABLED, or EXPIRED after its end'),
  startdate: is.date('from when it is good'),
  enddate: is.date('until when it is good'),
  permissions: is.objects('its rules; without any it may do what its user may do', keyPermission),
  created: is.date('when it was made'),
});

export const userKeysCommands = {
  getUser: command({
    kind: 'sync',
    doc: 'Finds a user by API key.',
    roles: everyone,
    access: caller,
    params: { userapikey: string().required().doc('the API key') },
    response: user,
  }),
  registerUserKeys: command({
    kind: 'async',
    doc: 'Makes a pair of API keys for a user, beside those that he has. Its secret key is in the answer of the job.',
    roles: everyone,
    access: changes('id'),
    event: 'REGISTER.USER.KEY',
    params: {
      id: uuid('user').required().doc('the user'),
      name: string().doc('the name of the pair'),
      description: string().doc('what it is for'),
      startdate: date().doc('from when it is good; absent: at once'),
      enddate: date().doc('until when it is good; absent: for ever'),
      rules: maps().doc(
        'what may be called with it, each a rule (a command, or a pattern: list*), a permission (allow, deny) and a description; the first rule about a command decides; absent: whatever its user may do',
      ),
    },
    response: keyPair,
  }),
  getUserKeys: command({
    kind: 'sync',
    doc: 'Answers the latest pair of API keys of a user that is good now, with its secret key.',
    roles: everyone,
    access: changes('id'),
    params: { id: uuid('user').required().doc('the user') },
    response: heldKeys,
  }),
  listUserKeys: command({
    kind: 'list',
    doc: 'Lists pairs of API keys: one’s own, or a user’s. It answers no secret keys.',
    roles: everyone,
    access: shows('apikey'),
    params: {
      ...paging,
      userid: uuid('user').doc('the user; absent: oneself'),
      keypairid: uuid('apikey').doc('one pair'),
      apikeyfilter: string().doc('by API key'),
      showpermissions: boolean().default(false).doc('show the rules too'),
      listall: boolean().default(false).doc('those of all users whom the caller may see'),
    },
    response: keyPair,
  }),
  listUserKeyRules: command({
    kind: 'list',
    doc: 'Lists the rules of a pair of API keys, in the order in which they are looked at.',
    roles: everyone,
    access: shows('apikey'),
    params: { keypairid: uuid('apikey').required().doc('the pair') },
    response: keyPermission,
  }),
  deleteUserKeys: command({
    kind: 'async',
    doc: 'Deletes a pair of API keys: it opens nothing any more.',
    roles: everyone,
    access: changes('keypairid'),
    event: 'DELETE.USER.KEY',
    params: { keypairid: uuid('apikey').required().doc('the pair') },
    response: success,
  }),
} as const;
