import { posix } from 'node:path';
import type { PoolSource } from '@virtstack/protocol';
import { refuse } from './rows.ts';

/** What hosts mount for `nfs://SERVER/PATH`. @throws {CloudError} `parameter`: it names no export, or the options would endanger guests. */
export function nfsSource(url: string, options: string | undefined): PoolSource {
  const [, server = '', path = ''] = /^nfs:\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(\/.*)$/i.exec(url) ?? [];
  const plain = path.replace(/(?<=.)\/+$/, '');
  if (server === '' || !/^\/[\w./@+-]*$/.test(plain) || posix.normalize(plain) !== plain)
    refuse(
      `url=${url} names no export. Write nfs://SERVER/PATH: a name or an address, and an absolute path of letters, digits and _ . - + @, without . and ..`,
    );
  return { type: 'nfs', server: server.toLowerCase(), path: plain, options: optionsOf(options) };
}

function optionsOf(text: string | undefined): string[] {
  const options = (text ?? '')
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '');
  for (const option of options) {
    if (!/^[a-z][a-z0-9_]*(=[\w.:-]+)?$/.test(option))
      refuse(`nfsmountopts: "${option}" is no option of mount. Write them as vers=4.1,nconnect=4.`);
    const why = dangers.find(([danger]) => danger.test(option))?.[1];
    if (why) refuse(`nfsmountopts: ${option} is not accepted: ${why}`);
  }
  return options;
}

const locks = 'without locks that hold on every host two of them could run one guest on one disk. NFS 4.0 and later have them.';
const ours = 'the hosts’ agents see to that themselves.';

/** What would cost guests their data, or keep an agent waiting. */
const dangers: readonly (readonly [option: RegExp, why: string])[] = [
  [
    /^soft/,
    'a server that is away for a moment would look to guests like a broken disk. hard, which is the default, lets them wait.',
  ],
  [/^(nolock|local_lock(=.*)?|(nfs)?vers=[0-3](\..*)?|v[23])$/, locks],
  [/^ro$/, 'volumes are written to.'],
  [/^(bg|fg|retry=.*|noauto|_netdev)$/, ours],
];
