import { type Kysely, sql } from 'kysely';

/** Data disks: when a volume was attached or destroyed, which hypervisor its file was made for; no place in a machine is given twice. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table volume add column attached timestamptz, add column destroyed timestamptz, add column hypervisor text`,
  `update volume set attached = created,
     hypervisor = (select vm.hypervisor from virtual_machine vm where vm.id = volume.virtual_machine_id)`,
  `create unique index volume_place on volume (virtual_machine_id, device_id) where removed is null`,
];
