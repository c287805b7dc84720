import type { ParamsOf } from '@virtstack/contract';
import { type HostFacts, hostFacts } from '@virtstack/protocol';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import type { Context } from '../handler.ts';

/** The address in addHost's `url`: `http://ADDRESS`, or the address alone. @throws {CloudError} */
export function addressOf(url: string): string {
  const address = /^(?:https?:\/\/)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::\d+)?\/?$/.exec(url.trim())?.[1];
  if (address === undefined) throw new CloudError('parameter', `url is "${url}", but must be http://ADDRESS of the host.`);
  return address.replace(/^\[|\]$/g, '').toLowerCase();
}

export type Cluster = { id: string; name: string; zone_id: string; pod_id: string; hypervisor: string };

/** The cluster by id or by name, checked against everything else that is said. @throws {CloudError} */
export async function clusterFor(db: Database, params: ParamsOf<'addHost'>): Promise<Cluster> {
  const { zoneid, podid, clusterid, clustername, hypervisor } = params;
  if (!clusterid && !clustername) throw new CloudError('parameter', 'Name the cluster: clusterid or clustername.');
  let query = db
    .selectFrom('cluster')
    .select(['id', 'name', 'zone_id', 'pod_id', 'hypervisor'])
    .where('removed', 'is', null)
    .where('zone_id', '=', zoneid)
    .where('pod_id', '=', podid)
    .forShare();
  if (clusterid) query = query.where('id', '=', clusterid);
  if (clustername) query = query.where('name', '=', clustername);
  const cluster = await query.executeTakeFirst();
  if (!cluster) throw new CloudError('parameter', `There is no cluster ${clustername ?? clusterid} in that pod of that zone.`);
  if (hypervisor.toLowerCase() !== cluster.hypervisor.toLowerCase())
    throw new CloudError(
      'parameter',
      `hypervisor is ${hypervisor}, but cluster ${cluster.name} is of type ${cluster.hypervisor}, and a cluster never mixes two.`,
    );
  return cluster;
}

export type WaitingAgent = { guid: string; remote_address: string; facts: HostFacts; server_number: number };

/** The agent that is connected, waits to be added and is at that address. @throws {CloudError} none, or several. */
export async function waitingAgentAt({ db, agentUrl }: Context, address: string): Promise<WaitingAgent> {
  const rows = await db.selectFrom('waiting_agent').selectAll().forUpdate().execute();
  const agents = rows.map((row) => ({ ...row, facts: hostFacts.parse(row.facts) }));
  const there = agents.filter((agent) => isAt(agent, address));
  if (there.length === 1) return there[0]!;
  if (there.length > 1)
    throw new CloudError(
      'parameter',
      `${there.length} agents say that they are at ${address} (${there.map((a) => `${a.facts.hostname} ${a.guid}`).join(', ')}). Name the host by an address that is its alone.`,
    );
  const known = await db
    .selectFrom('host')
    .select('name')
    .where('address', '=', address)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (known) throw new CloudError('parameter', `Host ${known.name} at ${address} has been added already.`);
  const others = agents.map((a) => `${a.facts.hostname} (${[...a.facts.addresses, a.remote_address].join(', ')})`);
  throw new CloudError(
    'unavailable',
    `No agent waits at ${address}. Start virtstack's agent on that host, with a certificate of this cloud and ${agentUrl} as its server; this version does not install it over SSH yet. ${others.length > 0 ? `Waiting now: ${others.join('; ')}.` : 'No agent waits to be added.'}`,
  );
}

const isAt = ({ facts, remote_address }: WaitingAgent, address: string): boolean =>
  [...facts.addresses, facts.hostname, facts.hostname.split('.')[0]!, remote_address.replace(/^::ffff:/, '')].some(
    (known) => known.toLowerCase() === address,
  );

/** @throws {CloudError} the host is of another type than its cluster, too old, or runs guests without acceleration where that is not allowed. */
export async function checkedAgent(
  { db, settings }: Context,
  agent: WaitingAgent,
  cluster: Cluster,
  address: string,
): Promise<WaitingAgent> {
  const { facts } = agent;
  if (facts.hypervisor !== cluster.hypervisor)
    throw new CloudError(
      'parameter',
      `The host at ${address} is of type ${facts.hypervisor}, cluster ${cluster.name} of type ${cluster.hypervisor}; a cluster never mixes two. Add it to a cluster of type ${facts.hypervisor}.`,
    );
  if (facts.tooOld.length > 0)
    throw new CloudError(
      'parameter',
      `The host at ${address} is too old: ${facts.tooOld.join(' ')} Upgrade it and restart its agent.`,
    );
  const allowed = facts.accelerated || (await settings.boolean('host.allow.emulation', { scope: 'cluster', id: cluster.id }));
  if (!allowed)
    throw new CloudError(
      'parameter',
      `The host at ${address} runs guests without hardware acceleration: ${facts.accelerationProblem ?? 'its agent does not say why.'} To add it nevertheless, set host.allow.emulation to true.`,
    );
  const known = await db
    .selectFrom('host')
    .select('name')
    .where('guid', '=', agent.guid)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (known) throw new CloudError('parameter', `This host has been added already, as ${known.name}.`);
  return agent;
}
