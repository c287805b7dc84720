import { randomUUID } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { CloudError } from '../../error.ts';
import { hostChannel } from '../../hosts/channel.ts';
import { factColumns } from '../../hosts/host-row.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { addressOf, checkedAgent, clusterFor, waitingAgentAt } from './add-host.ts';
import { annotate } from './annotations.ts';
import { hostResponses } from './host-response.ts';

export const hosts = {
  /** Takes in an agent that is connected and waits. It is Up when it has been told, which is a moment after the answer. */
  async addHost(context, params) {
    const { db } = context;
    const address = addressOf(params.url);
    const cluster = await clusterFor(db, params);
    const agent = await waitingAgentAt(context, address);
    const { facts } = await checkedAgent(context, agent, cluster, address);
    const id = randomUUID();
    await db
      .insertInto('host')
      .values({
        id,
        guid: agent.guid,
        zone_id: cluster.zone_id,
        pod_id: cluster.pod_id,
        cluster_id: cluster.id,
        name: facts.hostname,
        address,
        hypervisor: facts.hypervisor,
        status: 'Connecting',
        resource_state: params.allocationstate === 'Disabled' ? 'Disabled' : 'Enabled',
        boot_id: facts.bootId,
        tags: [...(params.hosttags ?? [])],
        server_number: agent.server_number,
        last_seen: sql<Date>`clock_timestamp()`,
        ...factColumns(facts),
      })
      .execute();
    await db.deleteFrom('waiting_agent').where('guid', '=', agent.guid).execute();
    await sql`select pg_notify(${hostChannel}, ${agent.guid})`.execute(db);
    return hostResponses(context, [id]);
  },

  async listHosts(context, params) {
    const { count, rows } = await paged(context, params, 'h', matching(context, params), (query) =>
      query.select('h.id').orderBy('h.created').orderBy('h.id'),
    );
    return {
      count,
      items: await hostResponses(
        context,
        rows.map(({ id }) => id),
        params.details,
      ),
    };
  },

  async updateHost(context, { id, name, allocationstate, hosttags, annotation }) {
    const patch = {
      ...(name !== undefined && { name }),
      ...(allocationstate !== undefined && { resource_state: allocationstate === 'Enable' ? 'Enabled' : 'Disabled' }),
      ...(hosttags !== undefined && { tags: hosttags.filter((tag) => tag !== '') }),
    };
    if (Object.keys(patch).length > 0) await context.db.updateTable('host').set(patch).where('id', '=', id).execute();
    if (annotation !== undefined && annotation.trim() !== '') await annotate(context, { type: 'HOST', id }, annotation);
    return (await hostResponses(context, [id]))[0]!;
  },

  async deleteHost(context, { id, forced, forcedestroylocalstorage }) {
    const { db } = context;
    const host = await db.selectFrom('host').select(['name', 'guid']).where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
    await refuseWhileInUse(context, id, host.name, { forced, withStorage: forcedestroylocalstorage });
    await db
      .updateTable('virtual_machine')
      .set({ host_id: null, state: 'Stopped', power_state: 'unknown', state_changed: sql<Date>`clock_timestamp()` })
      .where('host_id', '=', id)
      .where('removed', 'is', null)
      .execute();
    await db
      .updateTable('storage_pool')
      .set({ removed: new Date() })
      .where('host_id', '=', id)
      .where('removed', 'is', null)
      .execute();
    await db.updateTable('host').set({ removed: new Date(), status: 'Removed' }).where('id', '=', id).execute();
    await sql`select pg_notify(${hostChannel}, ${host.guid})`.execute(db);
    return { success: true };
  },
} satisfies Handlers<'addHost' | 'listHosts' | 'updateHost' | 'deleteHost'>;

/** Guests keep a host unless it is forced; volumes on its own storage do so even then, unless they may be lost. */
async function refuseWhileInUse(
  { db }: Context,
  id: string,
  name: string,
  { forced, withStorage }: { forced: boolean; withStorage: boolean },
): Promise<void> {
  const guests = await db
    .selectFrom('virtual_machine')
    .select('display_name')
    .where('host_id', '=', id)
    .where('removed', 'is', null)
    .execute();
  if (guests.length > 0 && !forced)
    throw new CloudError(
      'in-use',
      `${guests.length} virtual machines are on host ${name} (${guests
        .slice(0, 3)
        .map((g) => g.display_name)
        .join(', ')}${guests.length > 3 ? ' …' : ''}). Stop them first, or give forced=true.`,
    );
  const volumes = await db
    .selectFrom('volume as v')
    .innerJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
    .select('v.id')
    .where('p.host_id', '=', id)
    .where('v.removed', 'is', null)
    .execute();
  if (volumes.length > 0 && !withStorage)
    throw new CloudError(
      'in-use',
      `${volumes.length} volumes are on the storage of host ${name} itself. Expunge their machines first, or give forcedestroylocalstorage=true to lose them.`,
    );
}

function matching({ db }: Context, params: ParamsOf<'listHosts'>) {
  let query = db.selectFrom('host as h').where('h.removed', 'is', null);
  const { id, name, type, state, resourcestate, zoneid, podid, clusterid, hypervisor, arch, version, keyword } = params;
  if (id !== undefined) query = query.where('h.id', '=', id);
  if (name !== undefined) query = query.where('h.name', '=', name);
  if (type !== undefined && type.toLowerCase() !== 'routing') query = query.where(sql<boolean>`false`);
  if (state !== undefined) query = query.where(sql`lower(h.status)`, '=', state.toLowerCase());
  if (resourcestate !== undefined) query = query.where(sql`lower(h.resource_state)`, '=', resourcestate.toLowerCase());
  if (zoneid !== undefined) query = query.where('h.zone_id', '=', zoneid);
  if (podid !== undefined) query = query.where('h.pod_id', '=', podid);
  if (clusterid !== undefined) query = query.where('h.cluster_id', '=', clusterid);
  if (hypervisor !== undefined) query = query.where(sql`lower(h.hypervisor)`, '=', hypervisor.toLowerCase());
  if (arch !== undefined) query = query.where(sql`h.facts->>'arch'`, '=', arch);
  if (version !== undefined) query = query.where(sql`h.facts->>'agentVersion'`, '=', version);
  return query.where(containing(keyword, 'h.name', 'h.address'));
}
