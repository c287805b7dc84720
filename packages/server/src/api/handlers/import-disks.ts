import { randomUUID } from 'node:crypto';
import { isId } from '@virtstack/contract';
import type { UnmanagedDisk } from '@virtstack/protocol';
import type { Insertable } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import type { Unmanaged } from '../../hosts/unmanaged.ts';
import { beneath, poolsAt } from '../../storage/pool-beneath.ts';
import { notNameable } from '../entities.ts';
import type { Context } from '../handler.ts';
import { refuse } from './rows.ts';

type Entry = Readonly<Record<string, string>>;
type Volume = Omit<Insertable<Tables['volume']>, 'zone_id' | 'virtual_machine_id' | 'account_id' | 'domain_id' | 'project_id'>;
type Numbered = { readonly disk: UnmanagedDisk; readonly number: number };

/** The volumes that a domain's disks become, where their files lie; the one that is booted is the root disk. @throws {CloudError} one lies in no primary storage. */
export async function volumesFor(context: Context, { host, guest }: Unmanaged, offerings: readonly Entry[]): Promise<Volume[]> {
  const { db } = context;
  const disks = guest.disks.map((disk, number) => ({ disk, number })).filter(({ disk }) => disk.device === 'disk');
  const pools = await poolsAt(db, host.id);
  const lost = disks.filter(({ disk }) => !beneath(pools, disk.source!));
  if (lost.length > 0) refuse(lost.map(({ disk }) => noPool(disk, host)).join(' '));
  const chosen = await offeringsFor(context, offerings, disks);
  const places = placesOf(disks);
  return Promise.all(
    disks.map(async ({ disk, number }) => {
      const place = places.get(disk)!;
      return {
        id: await idFor(db, disk.source!),
        storage_pool_id: beneath(pools, disk.source!)!.id,
        disk_offering_id: place === 0 ? null : (chosen.get(number) ?? null),
        name: `${place === 0 ? 'ROOT' : 'DATA'}-${guest.uuid}${place === 0 ? '' : `-${place}`}`,
        type: place === 0 ? 'ROOT' : 'DATADISK',
        device_id: place,
        size_bytes: disk.capacityBytes ?? 0,
        path: disk.source!,
        format: disk.format ?? 'raw',
        state: 'Ready',
        attached: new Date(),
        hypervisor: host.hypervisor,
      };
    }),
  );
}

const noPool = ({ target, source }: UnmanagedDisk, host: Unmanaged['host']): string => {
  const directory = source!.replace(/\/[^/]*$/, '') || '/';
  return `The disk ${target} lies in ${directory}, which is no primary storage of host ${host.name}. Make it one: createStoragePool name=… zoneid=${host.zone_id} clusterid=${host.cluster_id} scope=HOST details[0].hostid=${host.id} url=file://${directory}`;
};

/** A file that this cloud made has its volume's id in its name: it gets that id back. */
async function idFor(db: Database, file: string): Promise<string> {
  const id = /\/volumes\/([0-9a-f-]{36})\.qcow2$/.exec(file)?.[1];
  if (id === undefined || !isId(id)) return randomUUID();
  const taken = await db.selectFrom('volume').select('id').where('id', '=', id).executeTakeFirst();
  return taken ? randomUUID() : id;
}

/** 0 is the disk that is booted. The others have places by the letters of their names, as far as they are free: what is plugged in later gets another letter. */
function placesOf(disks: readonly Numbered[]): ReadonlyMap<UnmanagedDisk, number> {
  const inOrder = disks.map(({ disk }) => disk).toSorted((a, b) => (a.bootOrder ?? 999) - (b.bootOrder ?? 999));
  const places = new Map<UnmanagedDisk, number>([[inOrder[0]!, 0]]);
  const taken = new Set([0]);
  for (const disk of inOrder.slice(1)) {
    const wished = (/([a-y])$/.exec(disk.target)?.[1]?.charCodeAt(0) ?? 97) - 97;
    let place = taken.has(wished) ? 1 : wished;
    while (taken.has(place)) place++;
    taken.add(place);
    places.set(disk, place);
  }
  return places;
}

/** By the number of the disk. @throws {CloudError} an entry names no disk or no offering. */
async function offeringsFor(
  { db, caller, command }: Context,
  entries: readonly Entry[],
  disks: readonly Numbered[],
): Promise<ReadonlyMap<number, string>> {
  const chosen = new Map<number, string>();
  for (const entry of entries) {
    const [disk, offering] = [entry.disk, entry.diskoffering];
    const named = disks.find(({ disk: { target }, number }) => disk === target || disk === String(number));
    if (!named || !offering || !isId(offering))
      return refuse(
        `Each entry of datadiskofferinglist has a disk (${disks.map(({ disk, number }) => `${number} or ${disk.target}`).join(', ')}) and the id of a diskOffering.`,
      );
    const [unknown] = await notNameable(db, 'diskoffering', [offering], { caller, command, use: 'use' });
    if (unknown !== undefined) refuse(`There is no disk offering ${unknown}.`);
    chosen.set(named.number, offering.toLowerCase());
  }
  return chosen;
}
