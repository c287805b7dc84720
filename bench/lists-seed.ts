import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../packages/server/src/db/database.ts';
import { seedId } from '../packages/server/src/db/seed.ts';

/** How many there are of each: CloudStack's published counts, and domains five deep. */
export const counts = { hosts: 25_000, machines: 25_000, volumes: 50_000, networks: 25_000, accounts: 25_000, domains: 1000 };
/** The tenant who is asked for: the owner of the first five machines, with their volumes and networks. */
export const tenant = 'account-000001';
const owned = 5;

/** The id of the nth of a kind; removed ones have their own. */
export const id = (kind: string, n: string, gone = false): RawBuilder<unknown> =>
  sql.raw(`md5('${gone ? 'removed ' : ''}${kind} ' || ${n})::uuid`);
const name = (kind: string): string => `'${kind}-' || lpad(n::text, 6, '0')`;
const ownerOf = (n: string): string => `(case when ${n} <= ${owned} then 1 else ${n} end)`;
/** Four below each, and all of them below ROOT. */
const parentOf = (n: string): string => `((${n}) - 1) / 4`;
const domainOf = (account: string, domains: number): string => `(1 + (${account}) % ${domains - 1})`;
export const id0 = (kind: string, fixed: string): RawBuilder<unknown> => id(kind, `'${fixed}'`);
const created = sql.raw(`now() - interval '1 year' + n * interval '1 minute'`);

const facts = JSON.stringify({
  hostname: 'host',
  hypervisor: 'KVM',
  operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
  kernel: '6.1.0-28-amd64',
  hypervisorVersion: '7.2.15',
  libvirtVersion: '9.0.0',
  emulatorVersion: '7.2.15',
  cpuModel: 'AMD EPYC 7543P 32-Core Processor',
  cpuSockets: 1,
  arch: 'x86_64',
  accelerated: true,
  virtualizationModes: ['hvm'],
  imageFormats: ['qcow2', 'raw'],
  capabilities: ['uefi', 'live-disk-snapshot', 'volume-encryption'],
  bridges: ['br0', 'br1'],
  addresses: ['192.0.2.1', '2001:db8::1'],
  agentVersion: '0.1.0',
});

/** The places that everything is in; once. */
export async function seedPlaces(db: Database): Promise<void> {
  await inBulk(db, [
    sql`insert into zone (id, name, network_type, dns1, internal_dns1, allocation_state, local_storage_enabled, security_groups_enabled)
      values (${id0('zone', '1')}, 'zone', 'Advanced', '192.0.2.53', '192.0.2.53', 'Enabled', true, false)`,
    sql`insert into physical_network (id, zone_id, name, state) values (${id0('physical', '1')}, ${id0('zone', '1')}, 'physical', 'Enabled')`,
    sql`insert into pod (id, zone_id, name, gateway, netmask, start_ip, allocation_state)
      select ${id('pod', 'n')}, ${id0('zone', '1')}, 'pod-' || n, '192.0.2.1', '255.255.255.0', '192.0.2.2', 'Enabled' from generate_series(0, 49) n`,
    sql`insert into cluster (id, zone_id, pod_id, name, hypervisor, cluster_type, arch, allocation_state)
      select ${id('cluster', 'n')}, ${id0('zone', '1')}, ${id('pod', '(n % 50)')}, 'cluster-' || n, 'KVM', 'CloudManaged', 'x86_64', 'Enabled'
      from generate_series(0, 499) n`,
    sql`insert into template (id, name, display_text, url, format, hypervisor, arch, os_type_id, template_type, is_public, is_featured, is_extractable,
        password_enabled, requires_hvm, size_bytes, virtual_size_bytes, account_id, domain_id)
      select ${id0('template', '1')}, 'template', 'A template', 'https://images.example/t.qcow2', 'QCOW2', 'KVM', 'x86_64', (select id from os_type limit 1),
        'USER', true, true, false, false, false, 500000000, 2147483648, a.id, a.domain_id from account a where name = 'admin'`,
  ]);
}

/** From the nth of each kind times `from` to times `to` (1 are the counts above), and as many removed ones; then the figures of all are made anew. */
export async function seedThings(db: Database, from: number, to: number): Promise<void> {
  const series = (count: number): RawBuilder<unknown> => sql`generate_series(${count * from + 1}::int, ${count * to}::int) n`;
  const domains = counts.domains * to;
  await inBulk(db, domainRows(counts.domains * from, domains));
  for (const gone of [false, true]) {
    const rows = thingRows(series, domains, gone);
    await inBulk(db, rows);
  }
  await inBulk(db, [usage, ...tallies, ...usageByDomain]);
  await sql`vacuum analyze`.execute(db);
}

/** Without triggers and without looking at references: they would take minutes. */
export const inBulk = (db: Database, statements: readonly RawBuilder<unknown>[]): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    for (const statement of statements) await statement.execute(tx);
  });

function domainRows(from: number, to: number): RawBuilder<unknown>[] {
  const root = seedId('domain', 'ROOT');
  const parent = sql.raw(parentOf('n'));
  // A domain's number is above its parent's.
  const living = sql`with recursive tree (n, path, level) as (
      select 0, '/', 0 union all
      select child, tree.path || 'domain-' || child || '/', tree.level + 1 from tree, generate_series(tree.n * 4 + 1, tree.n * 4 + 4) child where child < ${to}::int)
    insert into domain (id, parent_id, name, path, level)
    select ${id('domain', 'n')}, case when ${parent} = 0 then ${root}::uuid else ${id('domain', parentOf('n'))} end, 'domain-' || n, path, level
    from tree where n > 0 and n >= ${from}::int`;
  const removed = sql`insert into domain (id, parent_id, name, path, level, removed)
    select ${id('domain', 'n', true)}, ${root}::uuid, 'domain-' || n, '/domain-' || n || '/', 1, now()
    from generate_series(${from + 1}::int, ${to}::int) n`;
  return [living, removed];
}

function thingRows(series: (count: number) => RawBuilder<unknown>, domains: number, gone: boolean): RawBuilder<unknown>[] {
  const removed = sql.raw(gone ? 'now()' : 'null::timestamptz');
  const at = sql`${created}, ${removed}`;
  const one = (kind: string): RawBuilder<unknown> => id(kind, 'n', gone);
  const named = (kind: string): RawBuilder<unknown> => sql.raw(name(kind));
  const owner = (n: string): RawBuilder<unknown> =>
    sql`${id('account', ownerOf(n))}, ${id('domain', domainOf(ownerOf(n), domains))}`;
  const zone = id0('zone', '1');
  /** Of each two volumes the first is a machine's root. */
  const nth = '((n + 1) / 2)';
  return [
    sql`insert into account (id, name, role_type, domain_id, created, removed)
      select ${one('account')}, ${named('account')}, 'User', ${id('domain', domainOf('n', domains))}, ${at} from ${series(counts.accounts)}`,
    sql`insert into users (id, account_id, username, firstname, lastname, email, password_hash, created, removed)
      select ${one('user')}, ${one('account')}, ${named('user')}, 'First', 'Last', ${named('user')} || '@example.org', '-', ${at} from ${series(counts.accounts)}`,
    sql`insert into host (id, guid, zone_id, pod_id, cluster_id, name, address, hypervisor, status, resource_state, facts, boot_id, cpus, cpu_mhz,
        memory_bytes, cpu_used, memory_free_bytes, last_seen, disconnected, created, removed)
      select ${one('host')}, ${one('host')}, ${zone}, ${id('pod', '(n % 500 % 50)')}, ${id('cluster', '(n % 500)')}, ${named('host')},
        '10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256, 'KVM', 'Alert', 'Enabled', ${facts}::jsonb, 'boot', 64, 2800, 274877906944,
        0.3, 137438953472, now(), now(), ${at} from ${series(counts.hosts)}`,
    sql`insert into storage_pool (id, zone_id, pod_id, cluster_id, host_id, name, type, scope, path, address, state, capacity_bytes, used_bytes, created, removed)
      select ${one('pool')}, ${zone}, ${id('pod', '(n % 500 % 50)')}, ${id('cluster', '(n % 500)')}, ${one('host')}, ${named('pool')}, 'Filesystem', 'HOST',
        '/pool', 'localhost', 'Up', 2000000000000, 500000000000, ${at} from ${series(counts.hosts)}`,
    sql`insert into network (id, zone_id, physical_network_id, network_offering_id, name, display_text, type, acl_type, state, gateway, netmask, cidr,
        start_ip, end_ip, vlan, account_id, domain_id, created, removed)
      select ${one('network')}, ${zone}, ${id0('physical', '1')}, (select id from network_offering order by id limit 1), ${named('network')}, 'A network',
        'Shared', 'Account', 'Implemented', '10.1.1.1', '255.255.255.0', '10.1.1.0/24', '10.1.1.2', '10.1.1.254', n::text, ${owner('n')}, ${at}
      from ${series(counts.networks)}`,
    sql`insert into virtual_machine (id, zone_id, host_id, last_host_id, template_id, service_offering_id, os_type_id, user_id, name, display_name,
        instance_name, state, power_state, hypervisor, cpu_number, cpu_speed, memory_mb, ha_enabled, account_id, domain_id, created, removed)
      select ${one('machine')}, ${zone}, ${id('host', 'n')}, ${id('host', 'n')}, ${id0('template', '1')}, (select id from service_offering order by id limit 1),
        (select id from os_type limit 1), ${id('user', ownerOf('n'))}, ${named('machine')}, 'The machine ' || n, 'i-' || n || '-VM', ${gone ? 'Expunging' : 'Running'},
        'running', 'KVM', 2, 1000, 2048, false, ${owner('n')}, ${at} from ${series(counts.machines)}`,
    sql`insert into nic (id, virtual_machine_id, network_id, mac, address, device_id, is_default, created, removed)
      select ${one('nic')}, ${one('machine')}, ${id('network', 'n')}, 'nic-' || n, '10.1.1.2', 0, true, ${at} from ${series(counts.machines)}`,
    sql`insert into volume (id, zone_id, storage_pool_id, virtual_machine_id, template_id, disk_offering_id, name, type, device_id, size_bytes, path, format,
        state, hypervisor, attached, account_id, domain_id, created, removed)
      select ${one('volume')}, ${zone}, ${id('pool', nth)}, ${id('machine', nth, gone)}, case when n % 2 = 1 then ${id0('template', '1')} end,
        case when n % 2 = 0 then (select id from disk_offering order by id limit 1) end, ${named('volume')}, case when n % 2 = 1 then 'ROOT' else 'DATADISK' end,
        (n + 1) % 2, 5368709120, '/pool/volume', 'qcow2', ${gone ? 'Expunged' : 'Ready'}, 'KVM', now(), ${owner(nth)}, ${at} from ${series(counts.volumes)}`,
  ];
}

/** Of everybody at once, as `account_has` counts for one. */
const usage =
  sql.raw(`insert into account_usage (account_id, domain_id, user_vm, running, cpu, memory, volume, primary_storage, network)
  select a.id, a.domain_id, coalesce(vm.user_vm, 0), coalesce(vm.running, 0), coalesce(vm.cpu, 0), coalesce(vm.memory, 0), coalesce(v.volume, 0),
    coalesce(v.bytes, 0), coalesce(n.network, 0)
  from account a
    left join (select account_id, count(*) user_vm, count(*) running, sum(cpu_number) cpu, sum(memory_mb) memory from virtual_machine where removed is null
      group by 1) vm on vm.account_id = a.id
    left join (select account_id, count(*) volume, sum(size_bytes) bytes from volume where removed is null group by 1) v on v.account_id = a.id
    left join (select account_id, count(*) network from network where removed is null group by 1) n on n.account_id = a.id
  where a.removed is null
  on conflict (account_id) do update set user_vm = excluded.user_vm, running = excluded.running, cpu = excluded.cpu, memory = excluded.memory,
    volume = excluded.volume, primary_storage = excluded.primary_storage, network = excluded.network`);

/** Of everybody at once, as the triggers of 0006-lists.ts keep them. */
const tallies = Object.entries({
  virtual_machine: 'domain_id, project_id',
  volume: 'domain_id, project_id',
  network: 'domain_id, project_id, acl_type',
  account: 'domain_id',
  host: '',
}).flatMap(([table, by]) => [
  sql.raw(`delete from ${table}_tally`),
  sql.raw(
    `insert into ${table}_tally select ${by && `${by}, `} count(*) from ${table} where removed is null ${by && `group by ${by}`}`,
  ),
]);
const usageByDomain = [
  sql`delete from account_usage_tally`,
  sql`insert into account_usage_tally select domain_id, sum(user_vm), sum(running), sum(public_ip), sum(volume), sum(snapshot), sum(template),
    sum(project), sum(network), sum(vpc), sum(cpu), sum(memory), sum(primary_storage), sum(secondary_storage) from account_usage group by domain_id`,
];
