import type { ResponseOf } from '@virtstack/contract';
import type { UnmanagedDisk, UnmanagedNic } from '@virtstack/protocol';
import { type Unmanaged, unmanagedIn } from '../../hosts/unmanaged.ts';
import { beneath, type PoolBeneath, poolsAt } from '../../storage/pool-beneath.ts';
import type { Handlers } from '../handler.ts';
import { pageOf } from '../page.ts';
import { importInstance } from './import-instance.ts';
import { unmanage } from './unmanage.ts';

type Instance = ResponseOf<'listUnmanagedInstances'>;

/** Domains that the cloud did not make: shown, taken in, and given back. */
export const unmanagedInstances = {
  async listUnmanagedInstances(context, params) {
    const { clusterid, name, keyword } = params;
    const found = (await unmanagedIn(context, clusterid, name)).filter(({ guest }) => contains(guest.name, keyword));
    const { offset, limit } = await pageOf(context, params);
    const shown = limit === undefined ? found : found.slice(offset, offset + limit);
    const ids = [...new Set(shown.map(({ host }) => host.id))];
    const pools = new Map(await Promise.all(ids.map(async (id) => [id, await poolsAt(context.db, id)] as const)));
    return { count: found.length, items: shown.map((one) => instance(one, pools.get(one.host.id)!)) };
  },
  importUnmanagedInstance: importInstance,
  unmanageVirtualMachine: unmanage,
} satisfies Handlers<'listUnmanagedInstances' | 'importUnmanagedInstance' | 'unmanageVirtualMachine'>;

const contains = (text: string, part: string | undefined): boolean =>
  part === undefined || text.toLowerCase().includes(part.toLowerCase());

const powerStates: Readonly<Record<string, string>> = {
  running: 'PowerOn',
  paused: 'PowerOn',
  shutoff: 'PowerOff',
  crashed: 'PowerOff',
};

const instance = ({ host, guest }: Unmanaged, pools: readonly PoolBeneath[]): Instance => ({
  name: guest.name,
  clusterid: host.cluster_id,
  clustername: host.cluster,
  hostid: host.id,
  hostname: host.name,
  hypervisor: host.hypervisor,
  hypervisorversion: String(host.facts.hypervisorVersion ?? ''),
  powerstate: powerStates[guest.state] ?? 'PowerUnknown',
  cpunumber: guest.vcpus,
  memory: Math.ceil(guest.memoryKiB / 1024),
  boottype: guest.firmware === 'efi' ? 'UEFI' : guest.firmware === 'bios' ? 'BIOS' : undefined,
  disk: guest.disks.map((disk, position) => diskOf(disk, position, pools)),
  nic: guest.nics.map(nicOf),
});

const diskOf = (disk: UnmanagedDisk, position: number, pools: readonly PoolBeneath[]) => {
  const { source, target, bus, capacityBytes, type } = disk;
  const pool = type === 'file' && source !== undefined ? beneath(pools, source) : undefined;
  return {
    id: String(position),
    label: target,
    capacity: capacityBytes,
    imagepath: source,
    controller: bus,
    position,
    datastorename: pool?.name,
    datastorehost: pool?.address,
    datastorepath: pool?.path ?? (type === 'file' ? source?.replace(/\/[^/]*$/, '') : undefined),
    datastoretype: pool?.type ?? type,
  };
};

const nicOf = ({ mac, model, bridge, network, address }: UnmanagedNic, index: number) => ({
  id: String(index),
  macaddress: mac,
  adaptertype: model,
  // None is chosen yet; clients insist on the field.
  networkid: '',
  networkname: bridge ?? network,
  ipaddress: address ?? '',
  isdefault: index === 0,
});
