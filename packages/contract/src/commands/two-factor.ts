import { boolean, caller, changes, command, everyone, is, response, string, success, uuid } from '../language.ts';

const setup = response('setup2fa', 'UserTwoFactorAuthenticationSetupResponse', 'a second factor that was set up', {
  id: is.string('the user'),
  username: is.string('the name of the user'),
  accountid: is.string('the account of the user'),
  secretcode: is.string('the secret for the device that shows the codes, in base 32'),
});

const provider = response('providers', 'UserTwoFactorAuthenticatorProviderResponse', 'a kind of second factor', {
  name: is.string('its name'),
  description: is.string('what it is'),
});

export const twoFactorCommands = {
  setupUserTwoFactorAuthentication: command({
    kind: 'sync',
    doc: 'Sets the caller’s second factor up, or takes a second factor off: one’s own, or, as an admin, somebody else’s.',
    roles: everyone,
    always: true,
    access: changes('userid'),
    event: 'USER.2FA.SETUP',
    params: {
      provider: string().doc('the kind of second factor; absent: the setting user.2fa.default.provider'),
      enable: boolean().default(true).doc('false takes it off'),
      userid: uuid('user').doc('whose it is; absent: the caller’s. Only to take it off'),
    },
    response: setup,
  }),
  validateUserTwoFactorAuthenticationCode: command({
    kind: 'sync',
    doc: 'Says the code that the device shows: the session may then call everything. No code is good twice.',
    roles: everyone,
    always: true,
    access: caller,
    event: 'USER.2FA.VALIDATE',
    params: { codefor2fa: string().required().doc('the six digits').secret() },
    response: success,
  }),
  listUserTwoFactorAuthenticatorProviders: command({
    kind: 'list',
    doc: 'Lists the kinds of second factor.',
    roles: everyone,
    always: true,
    access: caller,
    params: { name: string().doc('by name') },
    response: provider,
  }),
} as const;
