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
} as const;
