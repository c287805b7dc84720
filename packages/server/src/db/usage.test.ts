import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { type RawBuilder, sql } from 'kysely';
import { makeDomain } from '../accounts/testing.ts';
import type { Database } from './database.ts';
import { seed } from './seed.ts';
import { beside, gaveUp } from './testing/beside.ts';
import { withDatabase } from './testing.ts';

let db: Database;
const accounts = Array.from({ length: 4 }, () => randomUUID());
const projects = Array.from({ length: 3 }, () => randomUUID());
const [zone, offering, physical] = [randomUUID(), randomUUID(), randomUUID()];
let template: string;

before(async () => {
  db = (await withDatabase()).db;
  await seed(db);
  const domainId = await makeDomain(db, 'd');
  for (const id of accounts)
    await db.insertInto('account').values({ id, domain_id: domainId, name: id, role_type: 'User' }).execute();
  for (const id of projects)
    await sql`insert into project (id, domain_id, account_id, name, display_text) values (${id}, ${domainId}, ${accounts[0]}, ${id}, '')`.execute(
      db,
    );
  await sql`insert into zone (id, name, network_type, dns1, internal_dns1, allocation_state, local_storage_enabled, security_groups_enabled)
    values (${zone}, 'z', 'Advanced', '192.0.2.1', '192.0.2.1', 'Enabled', true, false)`.execute(db);
  await sql`insert into physical_network (id, zone_id, name, state) values (${physical}, ${zone}, 'p', 'Enabled')`.execute(db);
  await sql`insert into service_offering (id, name, display_text, cpu_number, cpu_speed, memory_mb, storage_type, offer_ha)
    values (${offering}, 'o', 'o', 1, 500, 512, 'local', false)`.execute(db);
  template = randomUUID();
  await db.transaction().execute((tx) => made.template(tx, template, accounts[0]!));
});

type Make = (tx: Database, id: string, account: string) => Promise<unknown>;
const owner = (account: string) => sql`${account}, (select domain_id from account where id = ${account})`;

/** A row of each counted table, as plain as it can be. */
const made = {
  virtual_machine: (tx, id, account) =>
    sql`insert into virtual_machine (id, zone_id, template_id, service_offering_id, name, display_name, instance_name, state, hypervisor, cpu_number,
      cpu_speed, memory_mb, ha_enabled, account_id, domain_id) values (${id}, ${zone}, ${template}, ${offering}, ${id}, 'v', ${id}, ${any(states)}, 'KVM',
      ${randomInt(1, 9)}, 500, ${randomInt(64, 4096)}, false, ${owner(account)})`.execute(tx),
  volume: (tx, id, account) =>
    sql`insert into volume (id, zone_id, name, type, size_bytes, state, account_id, domain_id)
      values (${id}, ${zone}, 'v', 'DATADISK', ${randomInt(2 ** 40)}, ${any(states)}, ${owner(account)})`.execute(tx),
  template: (tx, id, account) =>
    sql`insert into template (id, name, display_text, url, format, hypervisor, arch, template_type, is_public, is_featured, is_extractable,
      password_enabled, requires_hvm, account_id, domain_id)
      values (${id}, 't', 't', '', 'QCOW2', 'KVM', 'x86_64', 'USER', false, false, false, false, false, ${owner(account)})`.execute(
      tx,
    ),
  network: (tx, id, account) =>
    sql`insert into network (id, zone_id, physical_network_id, network_offering_id, name, display_text, type, acl_type, state, gateway, netmask, cidr,
      start_ip, end_ip, account_id, domain_id) select ${id}, ${zone}, ${physical}, o.id, 'n', 'n', 'Shared', ${any(['Account', 'Domain'])}, 'Setup',
      '', '', '', '', '', ${owner(account)} from network_offering o limit 1`.execute(tx),
  project_member: (tx, id, account) =>
    sql`insert into project_member (id, project_id, account_id, role) values (${id}, ${any(projects)}, ${account}, ${any(['Admin', 'Regular'])})
      on conflict do nothing`.execute(tx),
} satisfies Record<string, Make>;
type Table = keyof typeof made;

const states = ['Running', 'Stopped', 'Destroyed', 'Expunging', 'Error', 'Ready', 'Allocated', 'Destroy', 'Expunged'];
const any = <T>(values: readonly T[]): T => values[randomInt(values.length)]!;

/** What can happen to a row of each table. */
const changes: { readonly [T in Table]: readonly (() => RawBuilder<unknown>)[] } = {
  virtual_machine: [
    () => sql`state = ${any(states)}`,
    () => sql`cpu_number = ${randomInt(1, 99)}, memory_mb = ${randomInt(64, 99_999)}`,
    () => sql`name = ${randomUUID()}`,
  ],
  volume: [() => sql`state = ${any(states)}`, () => sql`size_bytes = ${randomInt(2 ** 40)}`, () => sql`name = ${randomUUID()}`],
  template: [() => sql`size_bytes = ${any([null, randomInt(2 ** 40)])}`],
  network: [() => sql`acl_type = ${any(['Account', 'Domain'])}`],
  project_member: [() => sql`role = ${any(['Admin', 'Regular'])}`],
};

async function changeSomething(tx: Database): Promise<void> {
  const table = any(Object.keys(made) as Table[]);
  const some = sql`id in (select id from ${sql.table(table)} where id <> ${template} order by random() limit ${randomInt(1, 4)})`;
  const update = (set: RawBuilder<unknown>) => sql`update ${sql.table(table)} set ${set} where ${some}`.execute(tx);
  const removable = table !== 'project_member';
  const act = any([
    () => made[table](tx, randomUUID(), any(accounts)),
    () => made[table](tx, randomUUID(), any(accounts)),
    () => update(any(changes[table])()),
    () => update(any(changes[table])()),
    () => (removable ? update(sql`removed = ${any([null, new Date()])}`) : changeProject(tx)),
    () => (removable ? update(sql`account_id = ${any(accounts)}`) : undefined),
    () => sql`delete from ${sql.table(table)} where ${some}`.execute(tx),
  ]);
  await act();
}

const changeProject = (tx: Database) =>
  sql`update project set removed = ${any([null, new Date()])} where id = ${any(projects)}`.execute(tx);

/** A transaction that changes a few rows, now and then part of them only, now and then none. */
const work = (): Promise<void> =>
  beside(db, async (tx) => {
    for (let n = randomInt(1, 6); n > 0; n--) await changeSomething(tx);
    if (randomInt(3) === 0) {
      await sql`savepoint here`.execute(tx);
      await changeSomething(tx);
      if (randomInt(2) === 0) await sql`set constraints all immediate`.execute(tx);
      await sql`rollback to savepoint here`.execute(tx);
    }
    if (randomInt(4) === 0) throw gaveUp;
  });

const columns = sql.raw(
  'user_vm, running, public_ip, volume, snapshot, template, project, network, vpc, cpu, memory, primary_storage, secondary_storage',
);
const kept = async () =>
  (await sql`select account_id, ${columns} from account_usage where account_id = any(${accounts}::uuid[]) order by 1`.execute(db))
    .rows;
const recounted = async () =>
  (
    await sql`select id as account_id, has.* from account, account_has(id) as has where id = any(${accounts}::uuid[]) order by 1`.execute(
      db,
    )
  ).rows;

test('whatever happens to rows, one transaction beside another, the counts are those of the rows', async () => {
  const seen = new Set<string>();
  for (let round = 0; round < 40; round++) {
    await Promise.all(Array.from({ length: 8 }, work));
    const counts = (await recounted()) as Record<string, number>[];
    assert.deepEqual(await kept(), counts);
    for (const row of counts) for (const [resource, amount] of Object.entries(row)) if (amount > 0) seen.add(resource);
  }
  for (const resource of ['user_vm', 'running', 'cpu', 'volume', 'primary_storage', 'network', 'template', 'project'])
    assert.ok(seen.has(resource), `there never was anything of ${resource} to count`);
});

test('what is destroyed, in error or removed does not count, and what comes back does', async () => {
  const [account, id] = [randomUUID(), randomUUID()];
  await db
    .insertInto('account')
    .values({ id: account, domain_id: await makeDomain(db, 'e'), name: 'e', role_type: 'User' })
    .execute();
  const shown = () =>
    db
      .selectFrom('account_usage')
      .select(['user_vm', 'running', 'cpu', 'memory'])
      .where('account_id', '=', account)
      .executeTakeFirstOrThrow();
  const set = (state: string) =>
    db.updateTable('virtual_machine').set({ state, cpu_number: 2, memory_mb: 512 }).where('id', '=', id).execute();
  await made.virtual_machine(db, id, account);
  await set('Running');
  assert.deepEqual(await shown(), { user_vm: 1, running: 1, cpu: 2, memory: 512 });
  await set('Stopped');
  assert.deepEqual(await shown(), { user_vm: 1, running: 0, cpu: 2, memory: 512 });
  for (const state of ['Destroyed', 'Error', 'Expunging']) {
    await set(state);
    assert.deepEqual(await shown(), { user_vm: 0, running: 0, cpu: 0, memory: 0 });
    await set('Stopped');
    assert.deepEqual(await shown(), { user_vm: 1, running: 0, cpu: 2, memory: 512 });
  }
  await db.updateTable('virtual_machine').set({ removed: new Date() }).where('id', '=', id).execute();
  assert.deepEqual(await shown(), { user_vm: 0, running: 0, cpu: 0, memory: 0 });
  await db.updateTable('account').set({ removed: new Date() }).where('id', '=', account).execute();
  assert.equal(
    await db.selectFrom('account_usage').select('account_id').where('account_id', '=', account).executeTakeFirst(),
    undefined,
  );
});
