import { admins, caller, changes, command, everyone, is, response, success, uuid } from '../language.ts';

export const apiLimit = response('apilimit', 'ApiLimitResponse', 'how often an account has called the API', {
  accountid: is.string('the account'),
  account: is.string('its name'),
  apiIssued: is.integer('how often it has called in the interval that runs'),
  apiAllowed: is.integer('how often it may still call in it'),
  expireAfter: is.long('seconds until the next interval'),
});

export const apiLimitCommands = {
  getApiLimit: command({
    kind: 'sync',
    doc: 'Says how often the caller’s account may still call the API.',
    roles: everyone,
    access: caller,
    params: {},
    response: apiLimit,
  }),
  resetApiLimit: command({
    kind: 'sync',
    doc: 'Forgets how often an account has called the API, at the server that answers.',
    roles: admins,
    access: changes('account'),
    params: { account: uuid('account').doc('the account; absent: every one') },
    response: success,
  }),
} as const;
