import { sql } from 'kysely';
import type { Database } from '../../../db/database.ts';
import type { KilledWorld } from './killed-world.ts';

/** What must not be, whatever happened, once nothing is under way: each query answers what is wrong, one a row. */
const wrongRows: Readonly<Record<string, string>> = {
  'an open job': `select command || ' ' || saga as what from job where status = 0`,
  'a job whose events are not one that it began and one that it ended': `select j.command || ': ' || string_agg(e.description, '; ') as what
    from job j join event e on e.start_id = j.start_event_id where e.state = 'Completed' or e.description like 'Starting job%'
    group by j.id, j.command having string_agg(e.state, ' ' order by e.state) <> 'Completed Started'`,
  'a machine in between': `select name || ' ' || state as what from virtual_machine
    where removed is null and state not in ('Running', 'Stopped', 'Destroyed')`,
  'a machine that is on a host and not Running, or the reverse': `select name || ' ' || state as what from virtual_machine
    where removed is null and (host_id is not null) <> (state = 'Running')`,
  'a machine of which nobody knows whether it runs': `select name as what from virtual_machine where removed is null and power_state = 'unknown'`,
  'a volume in between': `select v.name || ' ' || v.state as what from volume v where removed is null
    and state <> case when path is null then 'Allocated' else 'Ready' end`,
  'a volume that is removed and has a file': `select id || ' ' || state as what from volume where removed is not null and path is not null`,
  'a volume without a file that has a pool': `select name as what from volume
    where removed is null and path is null and storage_pool_id is not null`,
  'a volume of a machine that is gone': `select v.name as what from volume v join virtual_machine vm on vm.id = v.virtual_machine_id
    where v.removed is null and vm.removed is not null`,
  'an address of a machine that is gone': `select n.address as what from nic n join virtual_machine vm on vm.id = n.virtual_machine_id
    where n.removed is null and vm.removed is not null`,
  'an address twice': `select n.address as what from nic n where removed is null group by network_id, address having count(*) > 1`,
  'a template in between': `select t.name || ' ' || s.state as what from template t join template_store s on s.template_id = t.id
    where t.removed is not null or s.state <> 'Ready'`,
  'a network in between': `select name || ' ' || state as what from network where removed is null and state not in ('Setup', 'Implemented', 'Allocated')`,
  'a host in between': `select name || ' ' || status || ' ' || resource_state as what from host
    where removed is null and (status <> 'Up' or resource_state <> 'Enabled')`,
  'something left over': `select method as what from leftover l join host h on h.id = l.host_id where h.removed is null`,
  'an image that is being fetched': `select template_id::text as what from image_fetch`,
  'what a host says of a pool that is gone': `select p.name as what from pool_host s join storage_pool p on p.id = s.storage_pool_id where p.removed is not null`,
};

/** What is counted beside the rows. */
const tallied = {
  virtual_machine: 'removed is null',
  volume: 'removed is null',
  network: 'removed is null',
  account: `removed is null and role_type <> 'Project'`,
  host: 'removed is null',
} as const;

/** All that is wrong in the database and between it and the hosts; empty where nothing is. */
export async function unsound(world: KilledWorld): Promise<string[]> {
  const rows = await Promise.all(Object.entries(wrongRows).map(([what, query]) => rowsOf(world.db, what, query)));
  const tallies = await Promise.all(
    Object.entries(tallied).map(([table, when]) =>
      rowsOf(
        world.db,
        `the tally of ${table}`,
        `select t.n || ' instead of ' || c.n as what from (select coalesce(sum(amount), 0) as n from ${table}_tally) t,
          (select count(*) as n from ${table} where ${when}) c where t.n <> c.n`,
      ),
    ),
  );
  return [...rows.flat(), ...tallies.flat(), ...(await onHosts(world)), ...world.twins.map((id) => `${id} ran twice`)];
}

const rowsOf = async (db: Database, what: string, query: string): Promise<string[]> =>
  (await sql.raw<{ what: string }>(query).execute(db)).rows.map((row) => `${what}: ${row.what}`);

/** What the hosts have against what the database says. */
async function onHosts({ db, hosts, store }: KilledWorld): Promise<string[]> {
  const ids = <T extends { id: string }>(rows: readonly T[]): string[] => rows.map(({ id }) => id).sort();
  const running = await db
    .selectFrom('virtual_machine')
    .select(['id', 'host_id'])
    .where('state', '=', 'Running')
    .where('removed', 'is', null)
    .execute();
  const known = new Set(ids(await db.selectFrom('virtual_machine').select('id').where('removed', 'is', null).execute()));
  const files = await db.selectFrom('volume').select(['id', 'virtual_machine_id']).where('path', 'is not', null).execute();
  const templates = await db
    .selectFrom('template_store')
    .innerJoin('template', 'template.id', 'template_id')
    .select('template.id')
    .where('template.removed', 'is', null)
    .execute();
  const pools = await db.selectFrom('template_pool').select('template_id as id').distinct().execute();
  const networks = new Set(ids(await db.selectFrom('network').select('id').where('removed', 'is', null).execute()));
  const leases = new Set(
    (await db.selectFrom('nic').select('address').where('removed', 'is', null).execute()).map((nic) => nic.address),
  );
  const mounted = ids(
    await db.selectFrom('storage_pool').select('id').where('export_path', 'is not', null).where('removed', 'is', null).execute(),
  );
  const wrong = [
    ...differ('the files', ids(files), [...new Set(hosts.flatMap(({ host }) => [...host.volumes.keys()]))]),
    ...differ('the images', ids(pools), [...new Set(hosts.flatMap(({ host }) => [...host.images]))]),
    ...differ('the image store', ids(templates), [...store.images]),
  ];
  for (const { id, host } of hosts) {
    const here = running.filter(({ host_id }) => host_id === id);
    const guests = [...host.guests].filter(([, { state }]) => state === 'running').map(([uuid]) => uuid);
    wrong.push(...differ(`the guests of ${host.facts.hostname}`, ids(here), guests));
    for (const uuid of host.guests.keys()) if (!known.has(uuid)) wrong.push(`the definition of ${uuid}, which is gone`);
    for (const { id: machine } of here) {
      const disks = [...(host.disks.get(machine) ?? [])].map((path) => path.split('/').at(-1)!.replace('.qcow2', ''));
      wrong.push(...differ('the disks of a guest', ids(files.filter((f) => f.virtual_machine_id === machine)), disks));
    }
    for (const network of host.networks.values()) {
      if (!networks.has(network.id)) wrong.push(`the network ${network.id}, which is gone`);
      for (const { address } of network.leases)
        if (!leases.has(address)) wrong.push(`the lease ${address}, which was given back`);
    }
    wrong.push(
      ...differ(
        'what is mounted',
        mounted,
        [...host.mounts.keys()].map((path) => path.split('/').at(-1)!),
      ),
    );
  }
  return wrong;
}

const differ = (what: string, wanted: readonly string[], found: readonly string[]): string[] => [
  ...wanted.filter((one) => !found.includes(one)).map((one) => `${what}: ${one} is not there`),
  ...found.filter((one) => !wanted.includes(one)).map((one) => `${what}: ${one} is there and should not be`),
];
