import { type Entity, entities } from './entities.ts';

/** The kinds of thing that can bear tags, by CloudStack's names of them (`resourcetype`). */
export const taggable = {
  UserVm: 'virtualmachine',
  Template: 'template',
  Volume: 'volume',
  Network: 'network',
  Project: 'project',
  Account: 'account',
  User: 'user',
  Domain: 'domain',
  Zone: 'zone',
} as const satisfies Readonly<Record<string, Entity>>;

/** The kinds of thing on which one can write a comment, by CloudStack's names of them (`entitytype`). */
export const annotatable = {
  VM: 'virtualmachine',
  VOLUME: 'volume',
  NETWORK: 'network',
  TEMPLATE: 'template',
  SSH_KEYPAIR: 'sshkeypair',
  SERVICE_OFFERING: 'serviceoffering',
  DISK_OFFERING: 'diskoffering',
  NETWORK_OFFERING: 'networkoffering',
  ZONE: 'zone',
  POD: 'pod',
  CLUSTER: 'cluster',
  HOST: 'host',
  DOMAIN: 'domain',
  PRIMARY_STORAGE: 'storagepool',
  SECONDARY_STORAGE: 'imagestore',
} as const satisfies Readonly<Record<string, Entity>>;

export const typesIn = <K extends string>(kinds: Readonly<Record<K, Entity>>): readonly K[] => Object.keys(kinds) as K[];

/** CloudStack's names of things in events and jobs, where they are not our own. */
const resourceTypes: Partial<Readonly<Record<Entity, string>>> = {
  virtualmachine: 'VirtualMachine',
  storagepool: 'StoragePool',
  imagestore: 'ImageStore',
  physicalnetwork: 'PhysicalNetwork',
  traffictype: 'TrafficType',
  managementserver: 'ManagementServer',
  networkoffering: 'NetworkOffering',
  serviceoffering: 'ServiceOffering',
  diskoffering: 'DiskOffering',
  sshkeypair: 'SSHKeyPair',
};

/** What CloudStack calls a kind of thing in events: `VirtualMachine`, `Volume`. */
export const resourceTypeOf = (entity: Entity): string =>
  resourceTypes[entity] ?? `${entity[0]!.toUpperCase()}${entity.slice(1)}`;

/** The kind of thing that CloudStack, or the contract, calls so. */
export const entityNamed = (type: string): Entity | undefined => {
  const name = type.toLowerCase();
  return Object.hasOwn(entities, name) ? (name as Entity) : undefined;
};
