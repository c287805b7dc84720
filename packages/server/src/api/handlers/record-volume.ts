import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { type Context, type Owner, ownerColumns } from '../handler.ts';

export type DataDisk = {
  readonly owner: Owner;
  readonly zoneId: string;
  readonly name?: string;
  readonly diskOfferingId: string;
  /** GiB */
  readonly size?: number;
};
/** A place that it has from the beginning. */
type Place = { readonly machineId: string; readonly slot: number; readonly state: 'Allocated' | 'Attaching' };

const gib = 2 ** 30;

/** Records a data volume, which has no file yet; answers its id. @throws {CloudError} its size does not suit its offering. */
export async function recordVolume(context: Context, wanted: DataDisk, place?: Place): Promise<string> {
  const id = randomUUID();
  await context.db
    .insertInto('volume')
    .values({
      id,
      zone_id: wanted.zoneId,
      disk_offering_id: wanted.diskOfferingId,
      name: wanted.name ?? `DATA-${id}`,
      type: 'DATADISK',
      size_bytes: await sizeOf(context, wanted),
      ...ownerColumns(wanted.owner),
      state: place?.state ?? 'Allocated',
      ...(place && { virtual_machine_id: place.machineId, device_id: place.slot, attached: new Date() }),
    })
    .execute();
  return id;
}

async function sizeOf({ db, settings }: Context, { diskOfferingId, size }: DataDisk): Promise<number> {
  const offering = await db
    .selectFrom('disk_offering')
    .select(['name', 'size_bytes', 'is_customized'])
    .where('id', '=', diskOfferingId)
    .executeTakeFirstOrThrow();
  if (!offering.is_customized) {
    if (size !== undefined && size * gib !== offering.size_bytes)
      throw new CloudError(
        'parameter',
        `Disk offering ${offering.name} has ${offering.size_bytes / gib} GiB; a size of one’s own goes with an offering that is customized.`,
      );
    return offering.size_bytes;
  }
  const least = await settings.number('custom.diskoffering.size.min');
  const most = await settings.number('custom.diskoffering.size.max');
  if (size === undefined || size < least || size > most)
    throw new CloudError(
      'parameter',
      `Disk offering ${offering.name} lets you choose the size: give size, ${least} to ${most} GiB${size === undefined ? '' : `, not ${size}`}.`,
    );
  return size * gib;
}

/** 0 is the root disk's, 3 is kept for a CD as CloudStack has it, 25 is the seed's. */
const slots = Array.from({ length: 24 }, (_, index) => index + 1).filter((slot) => slot !== 3);

/** A free place for a data disk in a machine, whose row the caller has locked. @throws {CloudError} there is none, or the one wished for is taken. */
export async function freeSlot(
  db: Database,
  machine: { readonly id: string; readonly name: string },
  wish?: number,
): Promise<number> {
  const rows = await db
    .selectFrom('volume')
    .select('device_id')
    .where('virtual_machine_id', '=', machine.id)
    .where('removed', 'is', null)
    .execute();
  const taken = new Set(rows.map(({ device_id }) => device_id));
  if (wish !== undefined && !slots.includes(wish))
    throw new CloudError(
      'parameter',
      `deviceid is ${wish}, but data disks have the places 1, 2 and 4 to 24: 0 is the root disk’s, 3 a CD’s.`,
    );
  if (wish !== undefined && taken.has(wish)) throw new CloudError('parameter', `Place ${wish} of ${machine.name} is taken.`);
  const slot = wish ?? slots.find((free) => !taken.has(free));
  if (slot === undefined)
    throw new CloudError(
      'resource-limit',
      `${machine.name} has ${slots.length} data disks, which is as many as it can have. Detach one first.`,
    );
  return slot;
}
