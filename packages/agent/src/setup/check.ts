import { machine, hostname as nameOfHost } from 'node:os';
import type { SetupResult } from '@virtstack/protocol';
import { operatingSystem as systemName } from '../facts/machine.ts';
import { architecture } from './checks/architecture.ts';
import { bridges } from './checks/bridges.ts';
import type { Check, Wanted } from './checks/check.ts';
import { clock } from './checks/clock.ts';
import { disk } from './checks/disk.ts';
import { hostname } from './checks/hostname.ts';
import { enabledHypervisors, hypervisor } from './checks/hypervisor.ts';
import { libvirtTls } from './checks/libvirt-tls.ts';
import { memory } from './checks/memory.ts';
import { operatingSystem } from './checks/operating-system.ts';
import { joined, otherCloud } from './checks/other-cloud.ts';
import { root } from './checks/root.ts';
import { versions } from './checks/versions.ts';
import { type Tell, told } from './told.ts';

/** All that a host must be. */
export const checks: readonly Check[] = [
  root,
  operatingSystem,
  architecture,
  hypervisor,
  versions,
  memory,
  disk,
  clock,
  hostname,
  bridges,
  otherCloud,
  libvirtTls,
];

/** Those without which a change would do harm. */
export const checksBeforeChange: readonly Check[] = [root, operatingSystem, architecture, otherCloud, libvirtTls];

/** Makes every check, whichever fails; answers whether none did. */
export const lookAt = async (wanted: Wanted, tell: Tell, which: readonly Check[] = checks): Promise<boolean> => {
  let well = true;
  for (const { name, look } of which) well = (await told(tell, name, () => look(wanted))) && well;
  return well;
};

/** What the server is told of a host, whether it serves or not. */
export const described = async (): Promise<SetupResult<'check'>> => {
  const { guid, server } = (await joined()) ?? {};
  return {
    ...{ hostname: nameOfHost(), arch: machine(), operatingSystem: await systemName(), hypervisors: await enabledHypervisors() },
    ...(guid !== undefined && { guid }),
    ...(server !== undefined && { server }),
  };
};
