import type { SettingSpec } from './setting-spec.ts';

/** A word in the address that a device reads the second factor from. */
const issuer = { pattern: /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u, words: 'a name of letters, digits, spaces and . _ -' };

/** Whether users show a code beside their password. */
export const secondFactorSettings = {
  'enable.user.2fa': {
    category: 'Access',
    kind: 'boolean',
    default: 'false',
    scopes: ['domain'],
    doc: 'Users may set a second factor up. Of those who did, it is asked for until it is taken off.',
  },
  'mandate.user.2fa': {
    category: 'Access',
    kind: 'boolean',
    default: 'false',
    scopes: ['domain'],
    doc: 'Where enable.user.2fa is true, every user must set a second factor up before he can do anything else in a session.',
  },
  'user.2fa.default.provider': {
    category: 'Access',
    kind: 'text',
    default: 'totp',
    oneOf: ['totp'],
    scopes: ['domain'],
    doc: 'The kind of second factor where none is named.',
  },
  'user.2fa.issuer': {
    category: 'Access',
    kind: 'text',
    default: 'virtstack',
    matching: issuer,
    scopes: ['domain'],
    doc: 'The name of this cloud on the device that shows the codes.',
  },
} as const satisfies Record<string, SettingSpec>;
