const at = { category: 'Access' } as const;
const number = { ...at, kind: 'integer', scopes: ['domain'], min: 0, max: 255 } as const;

const readable = (pattern: string): boolean => {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
};

/** How long sessions last, how often one may guess, and what a password must be. */
export const accessSettings = {
  'session.timeout': {
    ...at,
    kind: 'integer',
    default: '30',
    min: 1,
    max: 10_080,
    doc: 'Minutes without a request after which a session ends.',
  },
  'session.lifetime': {
    ...at,
    kind: 'integer',
    default: '1440',
    min: 1,
    max: 525_600,
    doc: 'Minutes after which a session ends, however busy it is.',
  },
  'incorrect.login.attempts.allowed': {
    ...at,
    kind: 'integer',
    default: '5',
    min: 0,
    max: 1000,
    doc: 'Wrong passwords in a row after which a user is disabled, until enableUser; 0: never. The built-in admin is only slowed down.',
  },
  'login.failures.per.address': {
    ...at,
    kind: 'integer',
    default: '50',
    min: 1,
    max: 1_000_000,
    doc: 'Failed log-ins from one address (IPv6: one network of /64) in ten minutes, whatever the names, after which it is refused.',
  },
  'password.policy.minimum.length': {
    ...number,
    default: '8',
    doc: 'The fewest characters of a password.',
  },
  'password.policy.minimum.special.characters': {
    ...number,
    default: '0',
    doc: 'The fewest characters of a password that are neither letters nor digits.',
  },
  'password.policy.minimum.digits': {
    ...number,
    default: '0',
    doc: 'The fewest digits of a password.',
  },
  'password.policy.minimum.uppercase.letters': {
    ...number,
    default: '0',
    doc: 'The fewest capital letters of a password.',
  },
  'password.policy.minimum.lowercase.letters': {
    ...number,
    default: '0',
    doc: 'The fewest small letters of a password.',
  },
  'password.policy.allowPasswordContainingUsername': {
    ...at,
    kind: 'boolean',
    default: 'true',
    scopes: ['domain'],
    doc: 'A password may contain the name of its user.',
  },
  'password.policy.regex': {
    ...at,
    kind: 'text',
    default: '.+',
    scopes: ['domain'],
    matching: { pattern: { test: readable }, words: 'a regular expression as JavaScript reads it' },
    doc: 'A pattern that the whole password matches.',
  },
} as const;
