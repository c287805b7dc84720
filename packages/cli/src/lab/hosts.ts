import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { say } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import type { LabHost } from '../../../../lab/host.ts';
import { kinds } from '../../../../lab/kinds.ts';
import { type Lab, labUp, readLab } from '../../../../lab/lab.ts';
import { plugIn } from '../../../../lab/network.ts';
import type { Hosts, NewHost, StartedCloud } from '../hosts.ts';
import { type Installation, saveInstallation } from '../options.ts';
import { labDirectory, type Paths } from '../paths.ts';
import { checkFree } from '../ports.ts';
import { primary, startAgentOn } from './agent.ts';

/** A lab with at least one host of each kind, within this machine's reach. */
export async function labOfItsOwn(paths: Paths, chosen: Installation): Promise<Hosts> {
  // An `up` after this one was interrupted is about a lab too.
  saveInstallation(paths, chosen);
  if (totalmem() < 7.5 * 2 ** 30 || availableParallelism() < 2)
    say('this machine is small for a lab, which wants 8 GB and 2 cores: it will be slow, or end for want of memory');
  const directory = labDirectory(paths);
  if (existsSync(paths.ready) && !readLab(directory))
    throw new UserError(
      `the lab of this cloud is gone, and with it all guests. Begin anew: ./virtstack down --purge --data ${paths.data}`,
    );
  const lab = await labUp(directory, Object.fromEntries(kinds.map(({ name }) => [name, 1])));
  await plugIn(lab.network);
  await checkFree(chosen.agents, '--agents');
  return hostsOf(lab);
}

/** A lab's hosts as a cloud's. */
export const hostsOf = (lab: Lab): Hosts => ({
  all: lab.hosts.map(newHost),
  emulation: false,
  join: async (cloud) => {
    await Promise.all(lab.hosts.map((host) => join(lab, host, cloud)));
  },
  release: () => {},
});

const newHost = ({ name, label, address }: LabHost): NewHost => ({
  ...{ name, hypervisor: label, cluster: label.toLowerCase() },
  ...{ url: `http://${address}`, pool: `local-${name}`, primary },
});

function join(lab: Lab, host: LabHost, { api, bundles, chosen }: StartedCloud): Promise<void> {
  const server = `wss://${chosen.agents.host}:${chosen.agents.port}/agent`;
  return startAgentOn(lab, host, { api, bundle: bundles.agent, server });
}
