import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { type NetworkDocument, PeerError } from '@virtstack/protocol';
import { exists, hasErrno } from '../system/files.ts';
import { run } from '../system/run.ts';
import { ipv4Network } from './addresses.ts';

type Link = {
  readonly flags: readonly string[];
  readonly ifalias?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly family: string }[];
};

/** The mark, kept in the kernel with the device, by which a bridge that we made is known. */
const mark = (network: string): string => `virtstack:${network}`;

/**
 * Makes the bridge as the document says, or checks the administrator's.
 * @throws {PeerError} `conflict`: a device of that name is not ours to change; `not-found`, `invalid`: the administrator's does not serve.
 */
export const applyBridge = async (document: NetworkDocument): Promise<void> => {
  const link = await findLink(document.bridge);
  if (document.ownBridge) await applyOwn(document, link);
  else checkForeign(document, link);
};

const applyOwn = async ({ id, bridge, gateway, prefixLength }: NetworkDocument, link: Link | undefined): Promise<void> => {
  if (link && link.ifalias !== mark(id))
    throw new PeerError(
      'conflict',
      `The device ${bridge} exists on the host and was not made for this network; it is not changed.`,
    );
  if (!link) await make(bridge, id);
  const wanted = `${gateway}/${prefixLength}`;
  const there = link ? ipv4Of(link) : [];
  for (const other of there) if (other !== wanted) await ip('address', 'delete', other, 'dev', bridge);
  if (!there.includes(wanted)) await ip('address', 'replace', wanted, 'dev', bridge);
  if (!link?.flags.includes('UP')) await ip('link', 'set', 'dev', bridge, 'up');
};

const ipv4Of = ({ addr_info }: Link): string[] =>
  addr_info.flatMap(({ local, prefixlen, family }) => (family === 'inet' ? [`${local}/${prefixlen}`] : []));

/** With an address of its own: a bridge otherwise takes the lowest of its ports', and guests would lose their gateway whenever that changes. */
const make = async (bridge: string, id: string): Promise<void> => {
  const mac = createHash('sha256').update(id).digest('hex').slice(0, 10).match(/../g)!;
  await ip(
    'link',
    'add',
    'name',
    bridge,
    'address',
    ['02', ...mac].join(':'),
    'type',
    'bridge',
    'stp_state',
    '0',
    'forward_delay',
    '0',
  );
  await ip('link', 'set', 'dev', bridge, 'alias', mark(id));
};

const checkForeign = ({ bridge, gateway, prefixLength }: NetworkDocument, link: Link | undefined): void => {
  if (!link) throw new PeerError('not-found', `The host has no bridge ${bridge}.`);
  if (link.linkinfo?.info_kind !== 'bridge')
    throw new PeerError('invalid', `The device ${bridge} of the host is not a Linux bridge.`);
  const { contains, address } = ipv4Network(gateway, prefixLength);
  if (!link.addr_info.some(({ local, family }) => family === 'inet' && contains(local)))
    throw new PeerError(
      'invalid',
      `The host's bridge ${bridge} has no address in ${address}/${prefixLength}: give it one, so that guests can be served from it.`,
    );
};

/** Removes the bridge if we made it. @throws {PeerError} `in-use`: guests are still joined to it. */
export const removeBridge = async (bridge: string, id: string): Promise<void> => {
  const link = await findLink(bridge);
  if (link?.ifalias !== mark(id)) return;
  const ports = await portsOf(bridge);
  if (ports.length > 0)
    throw new PeerError('in-use', `${ports.length} devices are still joined to the bridge ${bridge}: ${ports.join(', ')}`);
  await ip('link', 'delete', 'dev', bridge);
};

const portsOf = async (bridge: string): Promise<string[]> => {
  try {
    return await readdir(`/sys/class/net/${bridge}/brif`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
};

/** Asked of this one alone: a host has a device for each guest. */
const findLink = async (name: string): Promise<Link | undefined> => {
  if (!(await exists(`/sys/class/net/${name}`))) return undefined;
  const [link] = JSON.parse(await ip('-json', '-details', 'address', 'show', 'dev', name)) as Link[];
  return link;
};

const ip = (...args: readonly string[]): Promise<string> => run(['ip', ...args]);
