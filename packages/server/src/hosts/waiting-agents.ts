import { type HostFacts, hostFacts } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Settings } from '../accounts/settings.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { hostChannel } from './channel.ts';
import { factColumns } from './host-row.ts';

export type Cluster = { id: string; name: string; zone_id: string; pod_id: string; hypervisor: string };

export type WaitingAgent = { guid: string; remote_address: string; facts: HostFacts; server_number: number };

/** The agents that are connected and wait to be added. They are held until the transaction ends. */
export async function waitingAgents(db: Database): Promise<WaitingAgent[]> {
  const rows = await db.selectFrom('waiting_agent').selectAll().forUpdate().execute();
  return rows.map((row) => ({ ...row, facts: hostFacts.parse(row.facts) }));
}

export const isAt = ({ facts, remote_address }: WaitingAgent, address: string): boolean =>
  [...facts.addresses, facts.hostname, facts.hostname.split('.')[0]!, remote_address.replace(/^::ffff:/, '')].some(
    (known) => known.toLowerCase() === address,
  );

/** @throws {CloudError} the host is of another type than its cluster, too old, or runs guests without acceleration where that is not allowed. */
export async function checkAgent(
  { db, settings }: { db: Database; settings: Settings },
  agent: WaitingAgent,
  cluster: Cluster,
  address: string,
): Promise<void> {
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
}

/** What its admin says of a host. */
export type Wished = {
  readonly id: string;
  readonly address: string;
  readonly resourceState: string;
  readonly tags: readonly string[];
  readonly setUp: boolean;
};

/** Makes a waiting agent's host one of the cluster's. It is Up when the agent has been told, which is a moment later. */
export async function takeIn(db: Database, agent: WaitingAgent, cluster: Cluster, wished: Wished): Promise<void> {
  const { facts, guid, server_number } = agent;
  await db
    .insertInto('host')
    .values({
      ...{ id: wished.id, guid, name: facts.hostname, address: wished.address, hypervisor: facts.hypervisor },
      ...{ zone_id: cluster.zone_id, pod_id: cluster.pod_id, cluster_id: cluster.id },
      ...{ status: 'Connecting', resource_state: wished.resourceState, tags: [...wished.tags], set_up: wished.setUp },
      ...{ boot_id: facts.bootId, server_number, last_seen: sql<Date>`clock_timestamp()` },
      ...factColumns(facts),
    })
    .execute();
  await db.deleteFrom('waiting_agent').where('guid', '=', guid).execute();
  await sql`select pg_notify(${hostChannel}, ${guid})`.execute(db);
}
