import { existsSync } from 'node:fs';
import { until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import type { LabHost } from '../../../../lab/host.ts';
import type { Lab } from '../../../../lab/lab.ts';
import { gateway } from '../../../../lab/network.ts';
import { ensureAdmin } from '../admin.ts';
import { type Admin, ApiClient } from '../api-client.ts';
import { type Bundles, makeBundles } from '../bundles.ts';
import { imageStorePart, listeningFile, serverPart } from '../configs.ts';
import { ensureDirectories, ensureUsers } from '../directories.ts';
import type { Installation } from '../options.ts';
import { type Paths, paths } from '../paths.ts';
import { readAdmin } from '../summary.ts';
import { Supervisor } from '../supervisor.ts';
import { startAgentOn } from './agent.ts';
import { addHost, makeZone, type Zone } from './zone.ts';

/** A cloud whose hosts are a lab's. */
export type LabCloud = {
  readonly api: ApiClient;
  readonly admin: Admin;
  readonly paths: Paths;
  readonly zone: Zone;
  stop(): Promise<void>;
};

const chosen: Installation = {
  listen: { host: gateway, port: 8443 },
  agents: { host: gateway, port: 8250 },
  advertise: gateway,
};

/** Starts a management server on the lab's network, to which this process must belong, and adds every host of the lab. */
export async function startLabCloud(lab: Lab, dataDir: string): Promise<LabCloud> {
  const places = paths(dataDir);
  const users = await ensureUsers();
  ensureDirectories(places, users);
  const bundles = await makeBundles();
  await (await import('@virtstack/server/db/embedded-libraries.ts')).completeLibraries();
  const supervisor = new Supervisor(places);
  const stop = (): Promise<void> => supervisor.stop();
  try {
    supervisor.keep(serverPart(places, chosen, users, bundles));
    if (!(await until(() => existsSync(listeningFile(places)), 60_000)))
      throw new Error(`the management server does not listen: see ${places.log}`);
    await ensureAdmin(places, chosen);
    const admin = readAdmin(places);
    const api = new ApiClient(admin);
    supervisor.keep(await imageStorePart(api, places, chosen, users, bundles));
    const zone = await makeZone(api, places.images);
    for (const host of lab.hosts) await join(lab, host, { api, zone, bundles });
    return { api, admin, paths: places, zone, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function join(
  lab: Lab,
  host: LabHost,
  { api, zone, bundles }: { api: ApiClient; zone: Zone; bundles: Bundles },
): Promise<void> {
  say(`adding ${host.name} to the cloud`);
  const server = `wss://${chosen.agents.host}:${chosen.agents.port}/agent`;
  await startAgentOn(lab, host, { api, bundle: bundles.agent, server });
  await addHost(api, zone, host);
}
