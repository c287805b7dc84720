import { randomUUID } from 'node:crypto';
import type { Entity } from '@virtstack/contract';
import { rowsOf } from '../entities.ts';
import { isNobodys } from './oracle.ts';
import { marked, type Place, type World } from './world.ts';

/** A row of the fixture. */
export type Thing = { readonly entity: Entity; readonly id: string; readonly name: string; readonly place: Place };

/** What makes things in a world: rows as the server would have written them, each with a name that is nowhere else. */
export type Things = {
  /** A new one. What nobody owns is nobody's wherever it is made. */
  fresh(entity: Entity, place: Place): Promise<Thing>;
  /** The same one at each call: of accounts, domains, users and projects the place's own. */
  standing(entity: Entity, place: Place): Promise<Thing>;
  /** One that was there and is removed. */
  removed(entity: Entity, place: Place): Promise<Thing>;
  /** All that were made. */
  readonly all: Thing[];
};

export function thingsOf(world: World): Things {
  const all: Thing[] = world.standing.map(({ entity, id, name, place }) => ({ entity, id, name, place }));
  const kept = new Map<string, Promise<Thing>>();
  const fresh = async (entity: Entity, place: Place): Promise<Thing> => {
    const name = marked(entity);
    const thing = { entity, name, place, id: await makers[entity]({ world, standing: kin }, place, name) };
    all.push(thing);
    return thing;
  };
  const standing = (entity: Entity, place: Place): Promise<Thing> => {
    const own = ownIds(place)[entity];
    if (own) return Promise.resolve(all.find(({ id }) => id === own) ?? { entity, id: own, name: place.account, place });
    const key = isNobodys(entity) ? entity : `${entity} ${place.accountId}`;
    if (!kept.has(key)) kept.set(key, fresh(entity, place));
    return kept.get(key)!;
  };
  const kin = async (entity: Entity, place: Place): Promise<string> => (await standing(entity, place)).id;
  return { fresh, standing, removed: (entity, place) => remove(world, fresh(entity, place)), all };
}

const ownIds = (place: Place): Partial<Record<Entity, string>> => ({
  account: place.accountId,
  domain: place.domainId,
  user: place.userId,
  ...(place.projectId && { project: place.projectId }),
});

async function remove({ server }: World, made: Promise<Thing>): Promise<Thing> {
  const thing = await made;
  const { table, unmarked } = rowsOf[thing.entity];
  const { dynamic } = server.cloud.db;
  const id = dynamic.ref(`${table}.id`);
  if (unmarked) await server.cloud.db.deleteFrom(table).where(id, '=', thing.id).execute();
  else
    await server.cloud.db
      .updateTable(table as 'zone')
      .set({ removed: new Date() })
      .where(id, '=', thing.id)
      .execute();
  return thing;
}

type Ground = { readonly world: World; readonly standing: (entity: Entity, place: Place) => Promise<string> };
type Maker = (ground: Ground, place: Place, name: string) => Promise<string>;

/** A row in a table, with an id of its own. */
const insert =
  (table: string, row: (place: Place, name: string, ground: Ground) => object | Promise<object>): Maker =>
  async (ground, place, name) => {
    const id = randomUUID();
    const values = { id, ...(await row(place, name, ground)) };
    await ground.world.server.cloud.db
      .insertInto(table as 'zone')
      .values(values as never)
      .execute();
    return id;
  };

const owned = ({ accountId, domainId, projectId }: Place) => ({
  account_id: accountId,
  domain_id: domainId,
  project_id: projectId,
});
const titled = (name: string) => ({ name, display_text: name });
const gib = 2 ** 30;

const templateRow = insert('template', (place, name) => ({
  ...{ ...titled(name), ...owned(place), url: `https://images.example/${name}`, format: 'QCOW2', hypervisor: 'KVM' },
  ...{ arch: 'x86_64', template_type: 'USER', is_public: false, is_featured: false, is_extractable: false },
  ...{ password_enabled: false, requires_hvm: false, size_bytes: gib, virtual_size_bytes: gib },
}));

/** A row of every kind: a new kind does not compile without its own. */
const makers: { readonly [E in Entity]: Maker } = {
  zone: insert('zone', (_, name) => ({
    ...{ name, network_type: 'Advanced', dns1: '192.0.2.53', internal_dns1: '192.0.2.53', allocation_state: 'Enabled' },
    ...{ local_storage_enabled: true, security_groups_enabled: false },
  })),
  pod: insert('pod', async (place, name, { standing }) => ({
    ...{ name, zone_id: await standing('zone', place), gateway: '10.1.0.1', netmask: '255.255.255.0' },
    ...{ start_ip: '10.1.0.2', end_ip: '10.1.0.9', allocation_state: 'Enabled' },
  })),
  cluster: insert('cluster', async (place, name, { standing }) => ({
    ...{ name, zone_id: await standing('zone', place), pod_id: await standing('pod', place), hypervisor: 'KVM' },
    ...{ cluster_type: 'CloudManaged', arch: 'x86_64', allocation_state: 'Enabled' },
  })),
  host: insert('host', async (place, name, { standing }) => ({
    ...{ zone_id: await standing('zone', place), pod_id: await standing('pod', place) },
    ...{ cluster_id: await standing('cluster', place), guid: randomUUID(), name, address: '10.1.0.2' },
    ...{ hypervisor: 'KVM', status: 'Disconnected', boot_id: 'x', cpus: 2, cpu_mhz: 2000, memory_bytes: gib },
  })),
  storagepool: insert('storage_pool', async (place, name, { standing }) => ({
    ...{ zone_id: await standing('zone', place), name, type: 'Filesystem', scope: 'ZONE', path: `/${name}` },
    ...{ address: 'localhost', state: 'Up', capacity_bytes: gib },
  })),
  imagestore: insert('image_store', async (place, name, { standing }) => ({
    ...{ zone_id: await standing('zone', place), name, provider: 'Local', url: `file:///${name}`, path: `/${name}` },
  })),
  physicalnetwork: insert('physical_network', async (place, name, { standing }) => ({
    ...{ zone_id: await standing('zone', place), name, state: 'Enabled' },
  })),
  traffictype: insert('traffic_type', async (place, name, { standing }) => ({
    physical_network_id: await standing('physicalnetwork', place),
    ...{ traffic_type: 'Guest', labels: JSON.stringify({ KVM: name }) },
  })),
  managementserver: insert('server', (_, name) => ({ name, version: '0' })),
  alert: insert('alert', (_, name) => ({ type: 1, name, description: name })),
  networkoffering: insert('network_offering', (_, name) => ({
    ...{ ...titled(name), guest_ip_type: 'Shared', traffic_type: 'Guest', specify_vlan: true, specify_ip_ranges: true },
    ...{ is_default: false, state: 'Enabled', availability: 'Optional' },
  })),
  serviceoffering: insert('service_offering', (_, name) => ({
    ...{ ...titled(name), cpu_number: 1, cpu_speed: 100, memory_mb: 64, storage_type: 'local', offer_ha: false },
  })),
  diskoffering: insert('disk_offering', (_, name) => ({
    ...{ ...titled(name), size_bytes: gib, is_customized: false, storage_type: 'local' },
  })),
  ostype: insert('os_type', async (place, name, { standing }) => ({
    ...{ os_category_id: await standing('oscategory', place), name },
  })),
  oscategory: insert('os_category', (_, name) => ({ name })),
  network: insert('network', async (place, name, { standing }) => ({
    ...{ ...titled(name), ...owned(place), zone_id: await standing('zone', place) },
    physical_network_id: await standing('physicalnetwork', place),
    network_offering_id: await standing('networkoffering', place),
    ...{ type: 'Shared', acl_type: 'Account', state: 'Setup', gateway: '10.2.0.1', netmask: '255.255.255.0' },
    ...{ cidr: '10.2.0.0/24', start_ip: '10.2.0.2', end_ip: '10.2.0.250', network_domain: name },
  })),
  template: async (ground, place, name) => {
    const id = await templateRow(ground, place, name);
    const image_store_id = await ground.standing('imagestore', ground.world.people.root);
    const stored = { template_id: id, image_store_id, state: 'Ready', path: name };
    await ground.world.server.cloud.db.insertInto('template_store').values(stored).execute();
    return id;
  },
  virtualmachine: insert('virtual_machine', async (place, name, { standing }) => ({
    ...{ name, display_name: name, instance_name: `i-${name}`, ...owned(place), state: 'Stopped', hypervisor: 'KVM' },
    ...{ zone_id: await standing('zone', place), template_id: await standing('template', place), user_id: place.userId },
    ...{ service_offering_id: await standing('serviceoffering', place), cpu_number: 1, cpu_speed: 100, memory_mb: 64 },
    ...{ ha_enabled: false, details: JSON.stringify({ note: name }) },
  })),
  volume: insert('volume', async (place, name, { standing }) => ({
    ...{ name, ...owned(place), zone_id: await standing('zone', place), type: 'DATADISK', size_bytes: gib, state: 'Ready' },
    disk_offering_id: await standing('diskoffering', place),
  })),
  sshkeypair: insert('ssh_key_pair', (place, name) => ({
    ...{ name, ...owned(place), fingerprint: name, public_key: `ssh-ed25519 ${name}` },
  })),
  event: insert('event', (place, name) => ({
    ...{ type: 'VM.CREATE', level: 'INFO', state: 'Completed', description: name, ...owned(place), user_id: place.userId },
  })),
  // about a project's thing an admin asks, whom its members do not know
  job: insert('job', (place, name, { world }) => {
    const asker = place.projectId ? world.people.root : place;
    return {
      ...{ command: 'deleteNetwork', saga: 'none', ...owned(asker), project_id: place.projectId, user_id: asker.userId },
      ...{ status: 1, result: JSON.stringify({ success: { displaytext: name } }), completed: new Date() },
    };
  }),
  tag: insert('resource_tag', async (place, name, { standing }) => ({
    ...{ resource_type: 'UserVm', resource_id: await standing('virtualmachine', place), key: name, value: name, ...owned(place) },
  })),
  annotation: insert('annotation', async (place, name, { standing }) => ({
    ...{ entity_type: 'VM', entity_id: await standing('virtualmachine', place), text: name, user_id: place.userId },
    ...owned(place),
  })),
  domain: insert('domain', ({ domainId, path }, name) => ({
    ...{ parent_id: domainId, name, path: `${path}${name}/`, level: path.split('/').length - 1 },
  })),
  account: insert('account', ({ domainId }, name) => ({ domain_id: domainId, name, role_type: 'User' })),
  user: insert('users', ({ accountId }, name) => ({
    ...{ account_id: accountId, username: name, firstname: name, lastname: name, email: 'e@example.org', password_hash: 'none' },
  })),
  apikey: insert('api_key', ({ userId }, name, { world }) => ({
    ...{ api_key: name, user_id: userId, name, secret: world.server.cloud.secrets.seal(`secret of ${name}`, `api-key ${name}`) },
  })),
  role: insert('role', (_, name) => ({ name, role_type: 'User', is_public: false })),
  rolepermission: insert('role_permission', async (place, name, { standing }) => ({
    ...{ role_id: await standing('role', place), rule: `list${name.replace(/\W/g, '')}`, permission: 'allow', sort_order: 0 },
  })),
  project: async ({ world }, { domainId, label }, name) => {
    const [id, account_id] = [randomUUID(), randomUUID()];
    const { db } = world.server.cloud;
    await db
      .insertInto('account')
      .values({ id: account_id, domain_id: domainId, name: `${name}-${label}`, role_type: 'Project' })
      .execute();
    await db
      .insertInto('project')
      .values({ id, domain_id: domainId, account_id, ...titled(name) })
      .execute();
    return id;
  },
  // to a project of somebody's place goes he himself, to a member's the neighbour
  projectinvitation: insert('project_invitation', async (place, _, { standing, world }) => ({
    project_id: await standing('project', place),
    account_id: place.projectId ? world.people.neighbour.accountId : place.accountId,
    ...{ domain_id: place.domainId, role: 'Regular' },
  })),
  projectrole: insert('project_role', async (place, name, { standing }) => ({
    ...{ project_id: await standing('project', place), name },
  })),
  projectrolepermission: insert('project_role_permission', async (place, _, { standing }) => ({
    ...{ project_id: await standing('project', place), project_role_id: await standing('projectrole', place) },
    ...{ rule: `list${randomUUID().replace(/[^a-f]/g, '')}*`, permission: 'allow', sort_order: 0 },
  })),
};
