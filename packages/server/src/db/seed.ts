import { createHash } from 'node:crypto';
import type { Database } from './database.ts';
import { diskOfferings, networkOfferings, osTypes, serviceOfferings } from './seed-rows.ts';

const gib = 1024 ** 3;

/** The same id in every installation, derived from what the row is. */
export function seedId(kind: string, name: string): string {
  const hex = createHash('sha256').update(`virtstack ${kind} ${name}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

/** Writes the rows that every installation has and that are not there. What an admin changed or removed stays as he left it. */
export async function seed(db: Database): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('domain')
      .values({ id: seedId('domain', 'ROOT'), parent_id: null, name: 'ROOT', path: '/', level: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await seedOsTypes(tx);
    await seedOfferings(tx);
  });
}

async function seedOsTypes(db: Database): Promise<void> {
  const categories = Object.keys(osTypes).map((name) => ({ id: seedId('os_category', name), name }));
  const types = Object.entries(osTypes).flatMap(([category, names]) =>
    names.map((name) => ({ id: seedId('os_type', name), os_category_id: seedId('os_category', category), name })),
  );
  await db
    .insertInto('os_category')
    .values(categories)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto('os_type')
    .values(types)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function seedOfferings(db: Database): Promise<void> {
  await db
    .insertInto('service_offering')
    .values(
      serviceOfferings.map((one) => {
        const display_text = `${one.cpu_number} CPU, ${one.cpu_speed} MHz, ${one.memory_mb} MiB`;
        return { ...one, id: seedId('service_offering', one.name), display_text, storage_type: 'local', offer_ha: false };
      }),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto('disk_offering')
    .values(
      diskOfferings.map(({ name, gib: size }) => ({
        ...{ id: seedId('disk_offering', name), name, storage_type: 'local' },
        display_text: size === undefined ? 'A disk of any size' : `A disk of ${size} GiB`,
        size_bytes: (size ?? 0) * gib,
        is_customized: size === undefined,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto('network_offering')
    .values(networkOfferingRows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const networkOfferingRows = networkOfferings.map(({ name, text, type, state, byHand, services }) => ({
  ...{ id: seedId('network_offering', name), name, display_text: text, guest_ip_type: type, traffic_type: 'Guest', state },
  ...{ specify_vlan: byHand, specify_ip_ranges: byHand, is_default: true, availability: 'Optional' },
  services: JSON.stringify(services),
}));
