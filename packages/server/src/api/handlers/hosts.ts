import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { CloudError } from '../../error.ts';
import { type Deleting, notReached, refuseWhileInUse } from '../../hosts/deleting.ts';
import { isInMaintenance } from '../../hosts/maintenance.ts';
import { type Mover, moverOf } from '../../orchestration/migration-destination.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { addHost } from './add-host.ts';
import { annotate } from './annotations.ts';
import { hostResponses } from './host-response.ts';
import { judgeOf } from './host-suits.ts';

export const hosts = {
  addHost,

  async listHosts(context, params) {
    const { virtualmachineid } = params;
    const machine = virtualmachineid === undefined ? undefined : await moverOf(context, virtualmachineid);
    const { count, rows } = await paged(
      context,
      { ...params, listall: true },
      'h',
      matching(context, params, machine),
      (query) => query.select('h.id').orderBy('h.created').orderBy('h.id'),
      'host',
    );
    const ids = rows.map(({ id }) => id);
    const items = await hostResponses(context, ids, params.details);
    if (!machine) return { count, items };
    const judged = await judgeOf(context, machine);
    return { count, items: items.map((host) => ({ ...host, ...judged(host).host })) };
  },

  async updateHost(context, { id, name, allocationstate, hosttags, annotation }) {
    if (allocationstate !== undefined) await refuseInMaintenance(context, id);
    const patch = {
      ...(name !== undefined && { name }),
      ...(allocationstate !== undefined && { resource_state: allocationstate === 'Enable' ? 'Enabled' : 'Disabled' }),
      ...(hosttags !== undefined && { tags: hosttags.filter((tag) => tag !== '') }),
    };
    if (Object.keys(patch).length > 0) await context.db.updateTable('host').set(patch).where('id', '=', id).execute();
    if (annotation !== undefined && annotation.trim() !== '') await annotate(context, { type: 'HOST', id }, annotation);
    return (await hostResponses(context, [id]))[0]!;
  },

  async reconnectHost({ db, agents }, { id }) {
    const host = await db.selectFrom('host').select(['name', 'status']).where('id', '=', id).executeTakeFirstOrThrow();
    if (!(await agents.connected(id)))
      throw new CloudError(
        'unavailable',
        `The agent of host ${host.name} is not connected (the host is ${host.status}): there is no connection to end. Look at the host and at its agent's log (journalctl -u virtstack-agent).`,
      );
    return { saga: 'reconnect-host', state: { hostId: id }, subject: id, instance: { type: 'Host', id } };
  },

  async deleteHost({ db, agents }, { id, forced, forcedestroylocalstorage: withStorage }) {
    const host = await db.selectFrom('host').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
    await refuseWhileInUse(db, host, { forced, withStorage });
    if (host.set_up && !forced && !(await agents.connected(id))) throw notReached(host);
    const state: Deleting = { hostId: id, forced, withStorage, resourceState: host.resource_state };
    return { saga: 'delete-host', state, subject: id, instance: { type: 'Host', id } };
  },
} satisfies Handlers<'addHost' | 'listHosts' | 'updateHost' | 'reconnectHost' | 'deleteHost'>;

/** Maintenance has commands of its own. @throws {CloudError} `conflict` */
async function refuseInMaintenance({ db }: Context, id: string): Promise<void> {
  const host = await db
    .selectFrom('host')
    .select(['name', 'resource_state'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (isInMaintenance(host.resource_state))
    throw new CloudError(
      'conflict',
      `Host ${host.name} is ${host.resource_state}: cancelHostMaintenance opens it again; allocationstate is for hosts that are not in maintenance.`,
    );
}

function matching({ db }: Context, params: ParamsOf<'listHosts'>, machine: Mover | undefined) {
  let query = db.selectFrom('host as h').where('h.removed', 'is', null);
  if (machine) query = query.where('h.cluster_id', '=', machine.clusterId).where('h.id', '<>', machine.source);
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
