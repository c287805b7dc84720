import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { hostPlaces } from '@virtstack/protocol';
import { say } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { type LabHost, reachOf } from '../../../../lab/host.ts';
import { kinds } from '../../../../lab/kinds.ts';
import { type Lab, labUp, readLab } from '../../../../lab/lab.ts';
import { plugIn } from '../../../../lab/network.ts';
import { onHost } from '../../../../lab/ssh.ts';
import type { ApiClient } from '../api-client.ts';
import type { Hosts, NewHost } from '../hosts.ts';
import { type Installation, saveInstallation } from '../options.ts';
import { labDirectory, type Paths } from '../paths.ts';
import { checkFree } from '../ports.ts';

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

/** A lab's hosts as a cloud's, which lets the server in and sets them up over SSH. */
export const hostsOf = (lab: Lab): Hosts => ({
  all: lab.hosts.map(newHost),
  emulation: false,
  join: async ({ api }) => {
    // An emulated host beside others on a busy machine takes its time.
    await api.call('updateConfiguration', { name: 'host.connect.timeout', value: 300 });
    const key = await serversKey(api);
    await Promise.all(lab.hosts.map((host) => onHost(reachOf(lab, host), letIn, `${key}\n`)));
  },
  release: () => {},
});

const newHost = ({ name, label, address }: LabHost): NewHost => ({
  ...{ name, hypervisor: label, cluster: label.toLowerCase() },
  ...{ url: `http://${address}`, username: 'root', pool: `local-${name}`, primary: hostPlaces.primary },
});

/** The public key with which the server logs in. */
export const serversKey = async (api: ApiClient): Promise<string> => {
  const [setting] = await api.list('listConfigurations', { name: 'ssh.publickey' });
  return setting!.value!;
};

/** Adds the line that it reads to the keys that may log in, once. */
const letIn = 'read -r key; grep -qxF "$key" /root/.ssh/authorized_keys || echo "$key" >>/root/.ssh/authorized_keys';
