import type { Lab } from '../../../../lab/lab.ts';
import { gateway } from '../../../../lab/network.ts';
import { type Admin, ApiClient } from '../api-client.ts';
import type { Hosts } from '../hosts.ts';
import type { Installation } from '../options.ts';
import { type Paths, paths } from '../paths.ts';
import type { Ready } from '../provision.ts';
import { readReady, startCloud } from '../start.ts';
import { readAdmin } from '../summary.ts';
import { hostsOf } from './hosts.ts';

/** A cloud whose hosts are a lab's. */
export type LabCloud = {
  readonly api: ApiClient;
  readonly admin: Admin;
  readonly paths: Paths;
  readonly zone: { readonly id: string; readonly pod: string; readonly network: string };
  readonly made: Ready;
  stop(): Promise<void>;
};

const chosen: Installation = {
  listen: { host: gateway, port: 8443 },
  agents: { host: gateway, port: 8250 },
  advertise: gateway,
};

/** Starts a cloud on the lab's network, to which this process must belong, with every host of the lab. */
export const startLabCloud = (lab: Lab, dataDir: string): Promise<LabCloud> => started(dataDir, hostsOf(lab));

/** The same without any host. */
export const startEmptyLabCloud = (lab: Lab, dataDir: string): Promise<LabCloud> =>
  started(dataDir, { ...hostsOf(lab), all: [], join: async () => {} });

async function started(dataDir: string, hosts: Hosts): Promise<LabCloud> {
  const places = paths(dataDir);
  const { stop } = await startCloud(places, chosen, async () => hosts);
  const admin = readAdmin(places);
  const made = readReady(places)!;
  const { zone: id, pod, network } = made;
  return { api: new ApiClient(admin), admin, paths: places, zone: { id, pod, network }, made, stop };
}
