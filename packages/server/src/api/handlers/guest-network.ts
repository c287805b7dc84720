import type { ParamsOf } from '@virtstack/contract';
import type { Database } from '../../db/database.ts';
import { formatRange, parseIpv4, type Range } from '../../network/ipv4.ts';
import { overlapping } from '../../network/subnet.ts';
import { refuse } from './rows.ts';

/** A physical network that carries guest traffic, and its bridges on hosts of each type. */
export type GuestNetwork = { readonly id: string; readonly name: string; readonly bridges: readonly string[] };

/** The physical network that is named, or the zone's only one with guest traffic. @throws {CloudError} `parameter` */
export async function guestNetwork(
  db: Database,
  { zoneid, physicalnetworkid }: Pick<ParamsOf<'createNetwork'>, 'zoneid' | 'physicalnetworkid'>,
): Promise<GuestNetwork> {
  const found = await db
    .selectFrom('physical_network as physical')
    .innerJoin('traffic_type', 'traffic_type.physical_network_id', 'physical.id')
    .select(['physical.id', 'physical.name', 'traffic_type.labels'])
    .where('physical.zone_id', '=', zoneid)
    .where('physical.removed', 'is', null)
    .where('traffic_type.removed', 'is', null)
    .where('traffic_type.traffic_type', '=', 'Guest')
    .orderBy('physical.created')
    .execute();
  const candidates = found.filter(({ id }) => physicalnetworkid === undefined || id === physicalnetworkid);
  const [only, another] = candidates;
  if (only && !another) return { id: only.id, name: only.name, bridges: [...new Set(Object.values(only.labels))] };
  if (another)
    return refuse(
      `The zone has ${candidates.length} physical networks with Guest traffic (${candidates.map(({ name }) => name).join(', ')}): say with physicalnetworkid which one.`,
    );
  return physicalnetworkid === undefined
    ? refuse(
        'No physical network of the zone carries Guest traffic. Create one and give it a Guest traffic type (createPhysicalNetwork, addTrafficType).',
      )
    : refuse(`The physical network ${physicalnetworkid} is not in this zone, or carries no Guest traffic (addTrafficType).`);
}

/** Two networks on one bridge hear each other. @throws {CloudError} `parameter`: they do, or they would give away the same addresses. */
export async function refuseCollision(db: Database, physical: GuestNetwork, usable: Range, allowed: boolean): Promise<void> {
  const rows = await db
    .selectFrom('network')
    .select(['name', 'start_ip', 'end_ip'])
    .where('physical_network_id', '=', physical.id)
    .where('removed', 'is', null)
    .execute();
  if (rows[0] && !allowed)
    refuse(
      `The network ${rows[0].name} is on the bridge of the physical network ${physical.name} already: guests of both would hear each other. Use another physical network, or bypassvlanoverlapcheck=true.`,
    );
  const others = rows.map(({ name, start_ip, end_ip }) => ({
    name,
    range: { first: parseIpv4(start_ip) ?? 0, last: parseIpv4(end_ip) ?? 0 },
  }));
  const other = overlapping(usable, others);
  if (other)
    refuse(`The addresses ${formatRange(usable)} overlap with ${formatRange(other.range)} of the network ${other.name}.`);
}
