const at = { category: 'Infrastructure' } as const;

/** How hosts are added. */
export const hostSettings = {
  'ssh.publickey': {
    ...at,
    kind: 'text',
    default: '',
    readOnly: true,
    doc: 'The key by which the server logs in to hosts that are added without a password: a line of authorized_keys of the user named then.',
  },
  'host.connect.timeout': {
    ...at,
    kind: 'integer',
    default: '120',
    min: 10,
    max: 3600,
    doc: 'Seconds within which the agent of a host that is being added must have called the server; slow hosts need up to 600.',
  },
  'ca.framework.cert.validity.period': {
    ...at,
    kind: 'integer',
    default: '365',
    min: 1,
    max: 3650,
    doc: 'Days for which certificates of hosts are good.',
  },
  'ca.framework.cert.automatic.renewal': {
    ...at,
    kind: 'boolean',
    default: 'true',
    doc: 'Agents renew the certificates of their hosts by themselves, when a third of their time is left and when it is over.',
  },
  'ca.framework.cert.expiry.alert.period': {
    ...at,
    kind: 'integer',
    default: '15',
    min: 0,
    max: 3650,
    doc: 'Days before the end of a host’s certificate at which an alert is raised where it was not renewed.',
  },
  'ca.framework.cert.expired.grace.period': {
    ...at,
    kind: 'integer',
    default: '365',
    min: 0,
    max: 3650,
    doc: 'Days after the end of its certificate for which a host that was off may still renew it; 0: none.',
  },
  'ca.framework.background.task.delay': {
    ...at,
    kind: 'integer',
    default: '3600',
    min: 1,
    max: 86_400,
    doc: 'Seconds between two looks for certificates that are about to end.',
  },
} as const;
