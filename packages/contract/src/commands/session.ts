import { caller, command, everyone, flatResponse, is, long, string } from '../language.ts';

export const login = flatResponse('login', 'LoginCmdResponse', 'a session', {
  sessionkey: is.string('what each later call carries beside the cookie'),
  userid: is.string('the user'),
  username: is.string('the name of the user'),
  firstname: is.string('the first name'),
  lastname: is.string('the last name'),
  account: is.string('the account'),
  domainid: is.string('the domain'),
  type: is.string('the type of the account, as text: 0 user, 1 admin, 2 domain admin'),
  timeout: is.integer('seconds after which an idle session ends'),
  timezone: is.string('the time zone'),
  timezoneoffset: is.string('its distance from UTC, hours, as text'),
  registered: is.string('true, as text, where the user was registered by a link'),
  is2faenabled: is.string('true or false, as text: whether a second factor is asked for'),
  is2faverified: is.string('true or false, as text: whether the second factor was given'),
  providerfor2fa: is.string('who checks the second factor'),
  issuerfor2fa: is.string('who issued the second factor'),
  managementserverid: is.string('the management server; shown where it can be shut down safely'),
  passwordchangerequired: is.boolean('whether the password must be changed first'),
});

export const logout = flatResponse('logout', 'LogoutCmdResponse', 'the end of a session', {
  description: is.string('success'),
});

export const sessionCommands = {
  login: command({
    kind: 'sync',
    doc: 'Logs in. Only by POST.',
    roles: everyone,
    access: caller,
    always: true,
    anonymous: true,
    params: {
      username: string().required().doc('the name'),
      password: string().required().doc('the password').secret(),
      domain: string().doc('the path of the domain; absent: ROOT'),
      domainid: long().doc('the domain by its number in CloudStack’s database').unused(),
    },
    response: login,
  }),
  logout: command({
    kind: 'sync',
    doc: 'Logs out. Without a session it does nothing.',
    roles: everyone,
    access: caller,
    always: true,
    anonymous: true,
    params: {},
    response: logout,
  }),
} as const;
