import { run } from '@virtstack/shell/run.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { sh } from './sh.ts';

/** Where a lab's hosts are joined: a network namespace by name, or this process's own. */
export type Network = { readonly namespace: string | undefined };

/** The lab's own address: hosts find the management server at it. */
export const gateway = '10.77.0.1';
/** This machine's address there, once it is plugged in. */
export const machineAddress = '10.77.0.2';
/** What every host is called until it has an identity of its own. */
export const newborn = { address: '10.77.0.10', mac: '52:54:00:77:00:0a' };
export const addressOf = (index: number): string => `10.77.0.${10 + index}`;
export const macOf = (index: number): string => `52:54:00:77:00:${(10 + index).toString(16).padStart(2, '0')}`;
/** Addresses up to 10.77.0.250. */
export const mostHosts = 240;

const bridge = 'lab0';
const subnet = '10.77.0.0/24';

/** The command as it is run inside the network. */
export const inside = ({ namespace }: Network, argv: readonly string[]): string[] =>
  namespace === undefined ? [...argv] : ['ip', 'netns', 'exec', namespace, ...argv];

const ip = (network: Network, words: string): Promise<string> => sh(inside(network, ['ip', ...words.split(' ')]));

/** Makes the namespace, and in it the bridge that joins the hosts; what is there is left. */
export async function makeNetwork(network: Network): Promise<void> {
  const { namespace } = network;
  if (namespace !== undefined && !(await namespaceExists(namespace))) await sh(['ip', 'netns', 'add', namespace]);
  if ((await run(inside(network, ['ip', 'link', 'show', bridge]))).code === 0) return;
  await ip(network, 'link set lo up');
  await ip(network, `link add ${bridge} type bridge`);
  await ip(network, `address add ${gateway}/24 dev ${bridge}`);
  await ip(network, `link set ${bridge} up`);
}

const cable = { here: 'lab-cable', there: 'lab-machine' };

/** Joins this machine to a lab in a namespace: it is reached at `machineAddress`. @throws {UserError} this machine has another network of these addresses. */
export async function plugIn(network: Network): Promise<void> {
  const { namespace } = network;
  if (namespace === undefined || (await run(inside(network, ['ip', 'link', 'show', cable.there]))).code === 0) return;
  const routes = (await sh(['ip', '-4', 'route', 'show', 'table', 'all', 'to', 'root', subnet])).trim();
  if (routes)
    throw new UserError(`a lab's network is ${subnet}, and this machine has another there already: ${routes.split('\n')[0]}`);
  await sh(['ip', 'link', 'add', cable.here, 'type', 'veth', 'peer', 'name', cable.there, 'netns', namespace]);
  await ip(network, `link set ${cable.there} master ${bridge} up`);
  await sh(['ip', 'address', 'add', `${machineAddress}/24`, 'dev', cable.here]);
  await sh(['ip', 'link', 'set', cable.here, 'up']);
}

export async function removeNetwork(network: Network): Promise<void> {
  if (network.namespace === undefined) await run(['ip', 'link', 'delete', bridge]);
  else if (await namespaceExists(network.namespace)) await sh(['ip', 'netns', 'delete', network.namespace]);
}

/** The tap of a host on the bridge, made anew. */
export async function makeTap(network: Network, host: string): Promise<string> {
  const tap = `lab-${host}`;
  await removeTap(network, host);
  await ip(network, `tuntap add dev ${tap} mode tap`);
  await ip(network, `link set ${tap} master ${bridge} up`);
  return tap;
}

export async function removeTap(network: Network, host: string): Promise<void> {
  await run(inside(network, ['ip', 'link', 'delete', `lab-${host}`]));
}

export const namespaceExists = async (name: string): Promise<boolean> =>
  (await sh(['ip', 'netns', 'list'])).split('\n').some((line) => line.split(' ')[0] === name);
