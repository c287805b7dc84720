import type { CommandName } from '@virtstack/contract';
import type { Values } from '../../../http/testing.ts';
import { until } from '../../testing/until.ts';
import type { KilledWorld } from './killed-world.ts';

/** Something that a server does, ready to be asked for. */
export type Ready = {
  readonly command: CommandName;
  readonly values: Values;
  /** By which its orders are known. */
  readonly ids: readonly string[];
};
export type Prepare = (world: KilledWorld) => Promise<Ready>;

let names = 0;
const name = (): string => `n${++names}`;
const noOrders: Values = {};

async function done(world: KilledWorld, command: CommandName, values: Values): Promise<string> {
  const { status, made, errortext } = await world.api.job(command, values);
  if (status !== 1) throw new Error(`${command}: ${errortext}`);
  return (made as { id?: string }).id!;
}

async function template({ api, place }: KilledWorld): Promise<string> {
  const image = { url: 'https://images.example/x.qcow2', format: 'QCOW2', hypervisor: 'KVM', zoneid: place.zoneId };
  const [made] = await api.list('registerTemplate', { name: name(), ...image });
  const id = made!.id!;
  await until(async () => (await api.list('listTemplates', { templatefilter: 'all', id }))[0]?.isready, 'the template');
  return id;
}

const machineOf = ({ place }: KilledWorld, more: Values = {}): Values => ({
  ...{ zoneid: place.zoneId, serviceofferingid: place.offeringId, templateid: place.templateId, name: name(), ...more },
});
const machine = (world: KilledWorld, more: Values = {}): Promise<string> =>
  done(world, 'deployVirtualMachine', machineOf(world, more));

async function volume(world: KilledWorld, attachedTo?: string): Promise<string> {
  const [offering] = await world.api.list('listDiskOfferings', { name: 'Small' });
  const id = await done(world, 'createVolume', { name: name(), zoneid: world.place.zoneId, diskofferingid: offering!.id! });
  if (attachedTo) await done(world, 'attachVolume', { id, virtualmachineid: attachedTo });
  return id;
}

const ofMachine =
  (command: CommandName, state: 'Running' | 'Stopped' | 'Destroyed', more: Values = noOrders): Prepare =>
  async (world) => {
    const id = await machine(world);
    if (state === 'Stopped') await done(world, 'stopVirtualMachine', { id });
    if (state === 'Destroyed') await done(world, 'destroyVirtualMachine', { id });
    return { command, values: { id, ...more }, ids: [id] };
  };

/** What becomes of machines. */
export const machineActions: Readonly<Record<string, Prepare>> = {
  deploy: async (world) => {
    const templateid = await template(world);
    return { command: 'deployVirtualMachine', values: machineOf(world, { templateid }), ids: [templateid] };
  },
  start: ofMachine('startVirtualMachine', 'Stopped'),
  'start on another host': async (world) => {
    const [one, two] = world.hosts;
    const id = await machine(world, { serviceofferingid: world.sharedOfferingId, hostid: one!.id });
    await done(world, 'stopVirtualMachine', { id });
    return { command: 'startVirtualMachine', values: { id, hostid: two!.id }, ids: [id] };
  },
  stop: ofMachine('stopVirtualMachine', 'Running'),
  reboot: ofMachine('rebootVirtualMachine', 'Running'),
  destroy: ofMachine('destroyVirtualMachine', 'Running'),
  expunge: ofMachine('expungeVirtualMachine', 'Destroyed'),
  'destroy and expunge': ofMachine('destroyVirtualMachine', 'Running', { expunge: true }),
};

/** What becomes of all else. */
export const otherActions: Readonly<Record<string, Prepare>> = {
  attach: async (world) => {
    const [virtualmachineid, id] = [await machine(world), await volume(world)];
    return { command: 'attachVolume', values: { id, virtualmachineid }, ids: [id] };
  },
  detach: async (world) => {
    const id = await volume(world, await machine(world));
    return { command: 'detachVolume', values: { id }, ids: [id] };
  },
  'delete a volume': async (world) => {
    const id = await volume(world, await machine(world));
    await done(world, 'detachVolume', { id });
    return { command: 'deleteVolume', values: { id }, ids: [id] };
  },
  'delete a template': async (world) => {
    const id = await template(world);
    await done(world, 'destroyVirtualMachine', { id: await machine(world, { templateid: id }), expunge: true });
    return { command: 'deleteTemplate', values: { id }, ids: [id] };
  },
  'delete a network': async (world) => {
    const [offering] = await world.api.list('listNetworkOfferings', { guestiptype: 'Shared' });
    const tag = ++names;
    const range = { gateway: `10.9.${tag}.1`, netmask: '255.255.255.0', startip: `10.9.${tag}.10`, endip: `10.9.${tag}.20` };
    const place = {
      zoneid: world.place.zoneId,
      networkofferingid: offering!.id!,
      vlan: 'untagged',
      bypassvlanoverlapcheck: true,
    };
    const { id } = await world.api.one('createNetwork', { name: name(), ...place, ...range });
    await done(world, 'destroyVirtualMachine', { id: await machine(world, { networkids: id! }), expunge: true });
    return { command: 'deleteNetwork', values: { id: id! }, ids: [id!] };
  },
  'release a pool': async ({ api, place }) => {
    const where = { zoneid: place.zoneId, podid: place.podId, clusterid: place.clusterId, scope: 'CLUSTER' };
    const { id } = await api.one('createStoragePool', {
      ...where,
      name: name(),
      url: `nfs://10.0.0.1/${name()}`,
      tags: 'unused',
    });
    return { command: 'deleteStoragePool', values: { id: id! }, ids: [id!] };
  },
  'delete a host': async (world) => {
    const { id } = await world.addHost();
    return { command: 'deleteHost', values: { id }, ids: [id] };
  },
  'reconnect a host': async (world) => {
    const { id } = await world.addHost();
    return { command: 'reconnectHost', values: { id }, ids: [] };
  },
  'download a template': async ({ place }) => {
    const image = { url: 'https://images.example/x.qcow2', format: 'QCOW2', hypervisor: 'KVM', zoneid: place.zoneId };
    return { command: 'registerTemplate', values: { name: name(), ...image }, ids: [] };
  },
};
