import type { Item } from '../api/types.ts';

export type Instance = Item<'listVirtualMachines'>;

export const nameOf = (vm: Instance): string => vm.displayname ?? vm.name ?? vm.id ?? '';
export const stateOf = (vm: Instance): string => vm.state ?? 'Unknown';
export const addressesOf = (vm: Instance): readonly string[] => (vm.nic ?? []).flatMap((nic) => nic.ipaddress ?? []);
/** pv, pvh or hvm: how it runs, where one may know, else how it is to run; CloudStack has no field for it. */
export const modeOf = (vm: Instance): string | undefined => vm.details?.virtualizationModeInUse ?? vm.details?.virtualizationMode;
export const machineOf = (vm: Instance): string => [vm.hypervisor, modeOf(vm)?.toUpperCase()].filter(Boolean).join(' · ');
