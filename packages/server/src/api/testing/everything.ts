import type { UnmanagedGuest } from '@virtstack/protocol';
import type { TestHost } from '../../orchestration/testing/zone.ts';
import { type Works, withWorks } from './people.ts';

/** What a list needs to be asked for beside whose things it is to show, and ids of what was made. */
export type Everything = Works & {
  readonly host: TestHost;
  readonly projectId: string;
  readonly machineId: string;
  readonly roleId: string;
  /** A pair of keys with rules. */
  readonly pairId: string;
  readonly physicalNetworkId: string;
};

/** A domain that was on the host before. */
const oldDomain: UnmanagedGuest = {
  ...{ uuid: '00000000-0000-4000-8000-00000000001d', name: 'old', state: 'running', vcpus: 1, memoryKiB: 65_536 },
  disks: [
    {
      ...{ target: 'vda', device: 'disk', type: 'file', bus: 'virtio', source: '/pool/old.img', format: 'raw' },
      ...{ capacityBytes: 1_048_576, backing: [], readOnly: false },
    },
  ],
  nics: [{ mac: '52:54:00:00:00:1d', type: 'bridge', model: 'virtio', bridge: 'br0', address: '10.1.0.29' }],
  ...{ firmware: 'bios', graphics: [], autostart: false, snapshots: false, obstacles: [] },
};

/** A cloud that has one at least of whatever lists show, made by calls as its people make it. */
export async function withEverything(): Promise<Everything> {
  const works = await withWorks();
  const host = await works.zone.addHost();
  host.host.addForeign(oldDomain);
  const roleId = await makeInstallation(works, host);
  const machineId = await makeMachine(works);
  const projectId = await makeProject(works);
  await describe(works, machineId, projectId);
  const { root, ann, zone } = works;
  const rules = { 'rules[0].rule': 'list*', 'rules[0].permission': 'allow', 'rules[0].description': 'to look' };
  const named = { name: 'script', description: 'of a script', enddate: '2099-01-01' };
  const pair = await ann.make('registerUserKeys', { id: ann.userId, ...named, ...rules });
  const [physical] = (await root.list('listPhysicalNetworks', { zoneid: zone.zoneId })).items;
  return { ...works, host, projectId, machineId, roleId, pairId: pair.id, physicalNetworkId: physical!.id };
}

/** What admins make beside a zone: a role, limits, an alert, a domain below; and what they say of what there is. */
async function makeInstallation({ root, ann, zone }: Works, host: TestHost): Promise<string> {
  await root.make('updateZone', { id: zone.zoneId, dns2: '192.0.2.54', internaldns2: '192.0.2.54', domain: 'works.example' });
  const [system] = (await root.list('listOsTypes', { description: 'Debian GNU/Linux 12 (64-bit)' })).items;
  await root.make('updateTemplate', { id: zone.templateId, ostypeid: system!.id });
  await root.make('updateUser', { id: ann.userId, timezone: 'Europe/Zurich' });
  await root.make('updateAccount', { id: ann.accountId, networkdomain: 'ann.example' });
  await root.make('generateAlert', { type: 7, name: 'ALERT.HOST', description: 'a host is warm' });
  await root.make('addAnnotation', { entitytype: 'HOST', entityid: host.id, annotation: 'on the left' });
  await root.make('createDomain', { name: 'yard', parentdomainid: ann.domainId, networkdomain: 'yard.example' });
  await root.make('updateResourceLimit', { resourcetype: 0, max: 12, account: ann.name, domainid: ann.domainId });
  const size = { cpunumber: 1, cpuspeed: 500, memory: 64 };
  await root.make('createServiceOffering', {
    name: 'Own',
    displaytext: 'for the workshop',
    ...size,
    hosttags: 'fast',
    tags: 'ssd',
  });
  const role = await root.make('createRole', { name: 'Looks', type: 'User', description: 'may look' });
  await root.make('createRolePermission', { roleid: role.id, rule: 'list*', permission: 'allow', description: 'all lists' });
  return role.id;
}

async function makeMachine({ ann, zone }: Works): Promise<string> {
  const zoneid = zone.zoneId;
  const key = await ann.make('createSSHKeyPair', { name: 'laptop' });
  const machine = await ann.make('deployVirtualMachine', {
    ...{
      zoneid,
      templateid: zone.templateId,
      serviceofferingid: zone.offeringId,
      name: 'web',
      displayname: 'Web',
      haenable: true,
    },
    ...{ keypair: key.name, userdata: Buffer.from('#cloud-config\n').toString('base64'), 'details[0].note': 'x' },
  });
  const { items } = await ann.list('listDiskOfferings');
  const offering = items.find(({ iscustomized }) => iscustomized)!;
  const volume = await ann.make('createVolume', { zoneid, name: 'data', diskofferingid: offering.id, size: 2 });
  await ann.make('attachVolume', { id: volume.id, virtualmachineid: machine.id });
  return machine.id;
}

/** With a member, a role, and somebody who is invited. */
async function makeProject({ ann, bob, chief, root, zone }: Works): Promise<string> {
  const { id } = await ann.make('createProject', { name: 'shop', displaytext: 'the shop' });
  const role = await ann.make('createProjectRole', { projectid: id, name: 'clerk', description: 'counts' });
  const rule = { rule: 'list*', permission: 'allow', description: 'all lists' };
  await ann.make('createProjectRolePermission', { projectid: id, projectroleid: role.id, ...rule });
  await ann.make('addAccountToProject', { projectid: id, account: bob.name, projectroleid: role.id });
  await root.make('updateConfiguration', { name: 'project.invite.required', value: true });
  await ann.make('addAccountToProject', { projectid: id, account: chief.name });
  await ann.make('createSSHKeyPair', { name: 'till', projectid: id });
  const machine = { zoneid: zone.zoneId, templateid: zone.templateId, serviceofferingid: zone.offeringId, projectid: id };
  await ann.make('deployVirtualMachine', { ...machine, name: 'till', keypair: 'till', startvm: false });
  await ann.make('createVolume', { zoneid: zone.zoneId, name: 'stock', diskofferingid: (await fixed(ann)).id, projectid: id });
  return id;
}

const fixed = async ({ list }: Works['ann']) =>
  (await list('listDiskOfferings')).items.find(({ iscustomized }) => !iscustomized)!;

/** Tags and comments on whatever bears them. */
async function describe({ ann, root, zone }: Works, machineId: string, projectId: string): Promise<void> {
  const tag = (resourcetype: string, resourceids: string) => ({
    resourcetype,
    resourceids,
    'tags[0].key': 'stage',
    'tags[0].value': '1',
  });
  const { items } = await ann.list('listVolumes');
  for (const [type, id] of [
    ['UserVm', machineId],
    ['Volume', items[0]!.id],
    ['Project', projectId],
  ] as const)
    await ann.make('createTags', tag(type, id));
  for (const [type, id] of [
    ['Network', zone.networkId],
    ['Template', zone.templateId],
    ['Zone', zone.zoneId],
  ] as const)
    await root.make('createTags', tag(type, id));
  for (const [type, id] of [
    ['Account', ann.accountId],
    ['User', ann.userId],
    ['Domain', ann.domainId],
  ] as const)
    await root.make('createTags', tag(type, id));
  await ann.make('addAnnotation', { entitytype: 'VM', entityid: machineId, annotation: 'the shop window' });
}
