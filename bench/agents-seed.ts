import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../packages/server/src/db/database.ts';
import { id as anyId, id0, inBulk, seedPlaces } from './lists-seed.ts';

export const guestsEach = 10;
/** Hosts that share a guest network, and those that share a mounted pool. */
const hostsOfNetwork = 16;
const clusters = 500;

export const bootId = '5a0f3a0e-6d1c-4c5e-8f36-d6a1a2b4f7c1';

/** The id of the nth of a kind, as the protocol wants ids: of version 4. */
export function uuidOf(kind: string, n: number): string {
  const hex = createHash('md5').update(`${kind} ${n}`).digest('hex');
  const all = `${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17)}`;
  return [all.slice(0, 8), all.slice(8, 12), all.slice(12, 16), all.slice(16, 20), all.slice(20)].join('-');
}
/** The same in SQL. */
const id = (kind: string, n: string): RawBuilder<unknown> =>
  sql.raw(`overlay(overlay(md5('${kind} ' || ${n}) placing '4' from 13) placing '8' from 17)::uuid`);

/** Of the nth host, counted from 1. */
export const guestsOf = (host: number): string[] =>
  Array.from({ length: guestsEach }, (_, guest) => uuidOf('machine', (host - 1) * guestsEach + guest + 1));
export const mountOf = (host: number): string => `/var/lib/virtstack/mnt/${uuidOf('mount', host % clusters)}`;

/** Hosts that were added once and are away now, each with a pool of its own, its cluster's, and guests that run. */
export async function seedHosts(db: Database, hosts: number): Promise<void> {
  await seedPlaces(db);
  const zone = id0('zone', '1');
  const ofHost = sql.raw(`((n - 1) / ${guestsEach} + 1)`);
  const place = sql`${zone}, ${anyId('pod', `(n % ${clusters} % 50)`)}, ${anyId('cluster', `(n % ${clusters})`)}`;
  const owner = sql`from account a where a.name = 'admin'`;
  await inBulk(db, [
    sql`insert into traffic_type (id, physical_network_id, traffic_type, labels)
      values (${id('traffic', '1')}, ${id0('physical', '1')}, 'Guest', '{"KVM": "cloudbr0"}')`,
    sql`insert into host (id, guid, zone_id, pod_id, cluster_id, name, address, hypervisor, status, resource_state, boot_id, cpus, cpu_mhz, created)
      select ${id('host', 'n')}, ${id('guid', 'n')}, ${place}, 'host-' || n, '10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256, 'KVM',
        'Alert', 'Enabled', ${bootId}, 64, 2800, now() - interval '1 year' + n * interval '1 minute' from generate_series(1, ${hosts}::int) n`,
    sql`insert into storage_pool (id, zone_id, pod_id, cluster_id, host_id, name, type, scope, path, address, state)
      select ${id('pool', 'n')}, ${place}, ${id('host', 'n')}, 'pool-' || n, 'Filesystem', 'HOST', '/var/lib/virtstack/primary', 'localhost', 'Up'
      from generate_series(1, ${hosts}::int) n`,
    sql`insert into storage_pool (id, zone_id, pod_id, cluster_id, name, type, scope, path, address, export_path, state)
      select ${id('mount', 'n')}, ${place}, 'mount-' || n, 'NetworkFilesystem', 'CLUSTER', '/var/lib/virtstack/mnt/' || ${id('mount', 'n')},
        '192.0.2.9', '/export/' || n, 'Up' from generate_series(0, ${Math.min(clusters, hosts) - 1}::int) n`,
    sql`insert into network (id, zone_id, physical_network_id, network_offering_id, name, display_text, type, acl_type, state, gateway, netmask, cidr,
        start_ip, end_ip, vlan, account_id, domain_id)
      select ${id('network', 'n')}, ${zone}, ${id0('physical', '1')}, (select id from network_offering order by id limit 1), 'network-' || n, 'A network',
        'Shared', 'Account', 'Implemented', '10.1.0.1', '255.255.0.0', '10.1.0.0/16', '10.1.0.2', '10.1.255.254', n::text, a.id, a.domain_id
      from generate_series(0, ${hosts}::int / ${hostsOfNetwork}) n, (select a.id, a.domain_id ${owner}) a`,
    sql`insert into virtual_machine (id, zone_id, host_id, last_host_id, template_id, service_offering_id, name, display_name, instance_name, state,
        power_state, hypervisor, cpu_number, cpu_speed, memory_mb, ha_enabled, account_id, domain_id)
      select ${id('machine', 'n')}, ${zone}, ${id('host', `((n - 1) / ${guestsEach} + 1)`)}, ${id('host', `((n - 1) / ${guestsEach} + 1)`)},
        ${id0('template', '1')}, (select id from service_offering order by id limit 1), 'machine-' || n, 'machine-' || n, 'i-2-' || n || '-VM', 'Running',
        'running', 'KVM', 2, 1000, 2048, false, a.id, a.domain_id
      from generate_series(1, ${hosts * guestsEach}::int) n, (select a.id, a.domain_id ${owner}) a`,
    sql`insert into nic (id, virtual_machine_id, network_id, mac, address, device_id, is_default)
      select ${id('nic', 'n')}, ${id('machine', 'n')}, ${id('network', `(((n - 1) / ${guestsEach} + 1) / ${hostsOfNetwork})`)},
        '52:54:' || to_char(${ofHost} / 10000, 'FM00') || ':' || to_char(${ofHost} / 100 % 100, 'FM00') || ':' || to_char(${ofHost} % 100, 'FM00') || ':' || to_char(n % ${guestsEach}, 'FM00'),
        '10.1.' || ${ofHost} % ${hostsOfNetwork} || '.' || 10 + n % ${guestsEach}, 0, true
      from generate_series(1, ${hosts * guestsEach}::int) n`,
  ]);
  await sql`vacuum analyze`.execute(db);
}
