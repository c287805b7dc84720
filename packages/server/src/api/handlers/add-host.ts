import { randomUUID } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { type Adding, passwordPurpose } from '../../hosts/setup/adding.ts';
import { noAgent } from '../../hosts/setup/copy-programs.ts';
import { type Cluster, checkAgent, isAt, takeIn, type WaitingAgent, waitingAgents } from '../../hosts/waiting-agents.ts';
import type { JobRequest } from '../../jobs/request.ts';
import type { Context } from '../handler.ts';

type Params = ParamsOf<'addHost'>;

/** Takes in the agent that waits at the address, at once; where none does, and somebody who may log in is named, a job sets the host up over SSH. */
export async function addHost(context: Context, params: Params): Promise<JobRequest> {
  const { db } = context;
  const { address, port } = reachOf(params.url);
  const cluster = await clusterFor(db, params);
  // Whoever asks for the same at the same time waits here, and is then told of this one.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`add host ${address}`}, 0))`.execute(db);
  await refuseBeingAdded(db, address);
  const id = randomUUID();
  const instance = { type: 'Host', id };
  const wished = { resourceState: params.allocationstate === 'Disabled' ? 'Disabled' : 'Enabled', tags: params.hosttags ?? [] };
  const agent = await waitingAgentAt(context, address, params.username !== undefined);
  if (agent) {
    await checkAgent(context, agent, cluster, address);
    await takeIn(db, agent, cluster, { id, address, ...wished, setUp: false });
    return { saga: 'host-taken-in', state: { hostId: id }, subject: id, instance };
  }
  refuseUnreachable(context, address);
  const { secrets } = context;
  const password = params.password && secrets.seal(params.password, passwordPurpose(id)).toString('base64');
  const state: Adding = {
    ...{ hostId: id, address, port, username: params.username!, clusterId: cluster.id, hypervisor: cluster.hypervisor },
    ...wished,
    ...(password && { password }),
  };
  return { saga: 'add-host', state, subject: id, instance };
}

/** Where a host is, by addHost's `url`: `http://ADDRESS`, with the port of its SSH server where that is not 22. @throws {CloudError} */
export function reachOf(url: string): { address: string; port: number } {
  const [, address, port] = /^(?:https?:\/\/)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/.exec(url.trim()) ?? [];
  const number = Number(port ?? 22);
  if (address === undefined || number < 1 || number > 65_535)
    throw new CloudError(
      'parameter',
      `url is "${url}", but must be http://ADDRESS of the host, or http://ADDRESS:PORT of its SSH server.`,
    );
  return { address: address.replace(/^\[|\]$/g, '').toLowerCase(), port: number };
}

/** The cluster by id or by name, checked against everything else that is said. @throws {CloudError} */
async function clusterFor(db: Database, params: Params): Promise<Cluster> {
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

/** @throws {CloudError} `conflict`: a job adds it already; by whom, and how far it is */
async function refuseBeingAdded(db: Database, address: string): Promise<void> {
  const job = await db
    .selectFrom('job')
    .leftJoin('users', 'users.id', 'job.user_id')
    .select(['job.id', 'job.progress', 'job.start_event_id', 'job.created', 'users.username'])
    .where('job.saga', '=', 'add-host')
    .where('job.status', '=', 0)
    .where(sql`job.state->>'address'`, '=', address)
    .executeTakeFirst();
  if (!job) return;
  const last = await db
    .selectFrom('event')
    .select('description')
    .where('start_id', '=', job.start_event_id)
    .where('description', 'like', 'host %')
    .orderBy('created', 'desc')
    .limit(1)
    .executeTakeFirst();
  throw new CloudError(
    'conflict',
    `Host ${address} is being added already, by ${job.username ?? 'somebody'} since ${job.created.toISOString()}: ${job.progress} % done${last ? `, at "${last.description}"` : ''}. Its events (listEvents type=HOST.CREATE) go on, and the job ${job.id} tells how it ends (queryAsyncJobResult).`,
  );
}

/**
 * The agent that is connected, waits to be added and is at that address; nothing where there is none and the host can be logged in to.
 * @throws {CloudError} there are several; it was added already; there is none, and nobody is named who may log in
 */
async function waitingAgentAt({ db, agentUrl }: Context, address: string, maySetUp: boolean): Promise<WaitingAgent | undefined> {
  const agents = await waitingAgents(db);
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
  if (maySetUp) return undefined;
  const others = agents.map((a) => `${a.facts.hostname} (${[...a.facts.addresses, a.remote_address].join(', ')})`);
  throw new CloudError(
    'unavailable',
    `No agent waits at ${address}. To have the host set up over SSH, give username (root, or one who may use sudo) and password; without a password he must accept the server's key (setting ssh.publickey). Or start virtstack's agent there by hand, with a certificate of this cloud and ${agentUrl} as its server. ${others.length > 0 ? `Waiting now: ${others.join('; ')}.` : 'No agent waits to be added.'}`,
  );
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** @throws {CloudError} the host's agent could not come, or be had */
function refuseUnreachable({ agentUrl, programs }: Context, address: string): void {
  if (!programs.agent) throw noAgent();
  const server = new URL(agentUrl).hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(server) && !isLoopback(address))
    throw new CloudError(
      'unavailable',
      `Agents would have to call ${agentUrl}, which the host at ${address} cannot reach: it is the management server's own loopback. Start the server with the address at which hosts find it (./virtstack up --agents ADDRESS:8250).`,
    );
}
