import { isId, type ParamsOf } from '@virtstack/contract';
import type { UnmanagedNic } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Unmanaged } from '../../hosts/unmanaged.ts';
import type { NicWish } from '../../orchestration/allocate-nic.ts';
import { bridgeOf } from '../../orchestration/bridge-of.ts';
import { notNameable } from '../entities.ts';
import type { Context } from '../handler.ts';
import { refuse } from './rows.ts';

type Params = ParamsOf<'importUnmanagedInstance'>;
type Entry = Readonly<Record<string, string>>;
type Network = { readonly id: string; readonly name: string; readonly bridge: string };

/** The interfaces that a domain's become, each on a network that its bridge carries, with its MAC address. @throws {CloudError} no network can be chosen for one. */
export async function nicsFor(context: Context, found: Unmanaged, params: Params): Promise<NicWish[]> {
  const networks = await networksOn(context, found);
  return Promise.all(
    found.guest.nics.map(async (nic, index) => {
      const network = await networkFor(context, { index, nic, networks }, params.nicnetworklist ?? []);
      const address = addressOf({ index, nic }, params.nicipaddresslist ?? []);
      return { networkId: network.id, mac: nic.mac, ...(address !== undefined && { address }) };
    }),
  );
}

/** The networks of the zone that the owner may use, with the bridge of each on that host. */
async function networksOn({ db, owner }: Context, { host }: Unmanaged): Promise<Network[]> {
  const networks = await db
    .selectFrom('network')
    .select(['id', 'name', 'physical_network_id'])
    .where('zone_id', '=', host.zone_id)
    .where('removed', 'is', null)
    .where('state', '<>', 'Destroy')
    .where(sql<boolean>`(acl_type = 'Domain' or account_id = ${owner.accountId})`)
    .orderBy('created')
    .execute();
  const known = await Promise.all(
    networks.map(async (network) => ({ ...network, bridge: await bridgeOf(db, host.id, network).catch(() => undefined) })),
  );
  return known.flatMap(({ id, name, bridge }) => (bridge === undefined ? [] : [{ id, name, bridge }]));
}

type Here = { readonly index: number; readonly nic: UnmanagedNic };
const names = ({ index, nic }: Here, entry: Entry): boolean =>
  entry.nic === String(index) || entry.nic?.toLowerCase() === nic.mac;

async function networkFor(
  { db, caller, command }: Context,
  here: Here & { readonly networks: readonly Network[] },
  entries: readonly Entry[],
): Promise<Network> {
  const { index, nic, networks } = here;
  const fitting = networks.filter(({ bridge }) => bridge === nic.bridge);
  const which = `The interface ${index} (${nic.mac}) is on the bridge ${nic.bridge}`;
  const those = fitting.map(({ id, name }) => `${name} (${id})`).join(', ');
  const advice = those
    ? `These networks are on it: ${those}.`
    : 'No network of the zone that the owner may use is on it: create one (createNetwork), or label a physical network with that bridge (addTrafficType).';
  const entry = entries.find((one) => names(here, one));
  if (!entry)
    return fitting.length === 1 ? fitting[0]! : refuse(`${which}. ${advice}${those ? ' Name one in nicnetworklist.' : ''}`);
  const { network } = entry;
  const unknown = network && isId(network) ? await notNameable(db, 'network', [network], { caller, command, use: 'use' }) : ['?'];
  if (unknown.length > 0) return refuse(`There is no network ${network}, or it is not yours to use. ${which}. ${advice}`);
  return (
    fitting.find(({ id }) => id === network!.toLowerCase()) ?? refuse(`${which}, and the network ${network} is not. ${advice}`)
  );
}

/** The one that is said, else the one that its host knows. Without either it is given a free one, with which its next DHCP request is answered. */
function addressOf(here: Here, entries: readonly Entry[]): string | undefined {
  const said = entries.find((one) => names(here, one))?.ip4address;
  return said === 'auto' ? undefined : (said ?? here.nic.address);
}
