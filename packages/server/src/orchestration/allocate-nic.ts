import { randomBytes, randomUUID } from 'node:crypto';
import type { HypervisorLabel } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { contains, formatIpv4, parseIpv4 } from '../network/ipv4.ts';
import { nextFree } from '../network/subnet.ts';

export type NicWish = { readonly networkId: string; readonly address?: string; readonly mac?: string };

/**
 * Gives a machine an interface with an address of its own. The network's row is locked until the transaction ends, so that nobody else is given the same.
 * @throws {CloudError} `capacity`: no address is free; `parameter`: the address wished for is not to be had.
 */
export async function allocateNic(
  db: Database,
  machine: { readonly id: string; readonly label: HypervisorLabel },
  wish: NicWish,
  deviceId: number,
): Promise<void> {
  const network = await db
    .selectFrom('network')
    .select(['name', 'start_ip', 'end_ip', 'gateway', 'state'])
    .where('id', '=', wish.networkId)
    .where('removed', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!network || network.state === 'Destroy')
    throw new CloudError('parameter', `The network ${wish.networkId} is gone or being deleted.`);
  const taken = await addressesOf(db, wish.networkId);
  await db
    .insertInto('nic')
    .values({
      id: randomUUID(),
      virtual_machine_id: machine.id,
      network_id: wish.networkId,
      mac: wish.mac ? await wishedMac(db, wish.mac) : await freeMac(db, machine.label.macPrefix),
      address: wish.address ? wishedAddress(network, wish.address, taken) : freeAddress(network, taken),
      device_id: deviceId,
      is_default: deviceId === 0,
    })
    .execute();
}

type Network = { name: string; start_ip: string; end_ip: string; gateway: string };
const rangeOf = ({ start_ip, end_ip }: Network) => ({ first: parseIpv4(start_ip)!, last: parseIpv4(end_ip)! });

async function addressesOf(db: Database, networkId: string): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom('nic')
    .select('address')
    .where('network_id', '=', networkId)
    .where('removed', 'is', null)
    .execute();
  return new Set(rows.map(({ address }) => parseIpv4(address)!));
}

function wishedAddress(network: Network, text: string, taken: ReadonlySet<number>): string {
  const address = parseIpv4(text);
  if (address === undefined) throw new CloudError('parameter', `${text} is not an IPv4 address.`);
  if (!contains(rangeOf(network), address))
    throw new CloudError(
      'parameter',
      `${text} is not within ${network.start_ip} to ${network.end_ip}, the addresses of network ${network.name}.`,
    );
  if (taken.has(address)) throw new CloudError('parameter', `${text} is in use on network ${network.name}.`);
  return formatIpv4(address);
}

function freeAddress(network: Network, taken: ReadonlySet<number>): string {
  const address = nextFree(rangeOf(network), taken);
  if (address === undefined)
    throw new CloudError(
      'capacity',
      `Network ${network.name} has no free address: all of ${network.start_ip} to ${network.end_ip} are in use.`,
    );
  return formatIpv4(address);
}

const isTaken = async (db: Database, mac: string): Promise<boolean> =>
  (await db.selectFrom('nic').select('id').where('mac', '=', mac).where('removed', 'is', null).executeTakeFirst()) !== undefined;

async function wishedMac(db: Database, text: string): Promise<string> {
  const mac = text.toLowerCase();
  if (!/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac))
    throw new CloudError('parameter', `${text} is not a MAC address of one machine.`);
  if (await isTaken(db, mac)) throw new CloudError('parameter', `The MAC address ${mac} is in use.`);
  return mac;
}

async function freeMac(db: Database, prefix: string): Promise<string> {
  for (;;) {
    const mac = `${prefix}:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
    if (!(await isTaken(db, mac))) return mac;
  }
}
