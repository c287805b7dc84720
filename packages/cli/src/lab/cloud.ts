import type { LabHost } from '../../../../lab/host.ts';
import type { Lab } from '../../../../lab/lab.ts';
import { gateway } from '../../../../lab/network.ts';
import { type Admin, ApiClient } from '../api-client.ts';
import { makeBundles } from '../bundles.ts';
import type { Installation } from '../options.ts';
import { type Paths, paths } from '../paths.ts';
import { ensureHost, type Ready } from '../provision.ts';
import { readReady, startCloud } from '../start.ts';
import { readAdmin } from '../summary.ts';
import { hostsOf, join, newHost } from './hosts.ts';

/** A cloud whose hosts are a lab's. */
export type LabCloud = {
  readonly api: ApiClient;
  readonly admin: Admin;
  readonly paths: Paths;
  readonly zone: { readonly id: string; readonly pod: string; readonly network: string };
  readonly made: Ready;
  /** The host of the lab in the cloud, by its id; one that was added to the lab later is added to the cloud. */
  host(lab: Lab, host: LabHost): Promise<string>;
  stop(): Promise<void>;
};

const chosen: Installation = {
  listen: { host: gateway, port: 8443 },
  agents: { host: gateway, port: 8250 },
  advertise: gateway,
};

/** Starts a cloud on the lab's network, to which this process must belong, with every host of the lab. */
export async function startLabCloud(lab: Lab, dataDir: string): Promise<LabCloud> {
  const places = paths(dataDir);
  const { stop } = await startCloud(places, chosen, async () => hostsOf(lab));
  const admin = readAdmin(places);
  const made = readReady(places)!;
  const { zone: id, pod, network } = made;
  const api = new ApiClient(admin);
  const host = async (where: Lab, which: LabHost): Promise<string> => {
    await join(where, which, { api, chosen, bundles: await makeBundles() });
    return ensureHost(api, { zoneid: id, podid: pod }, newHost(which));
  };
  return { api, admin, paths: places, zone: { id, pod, network }, made, host, stop };
}
