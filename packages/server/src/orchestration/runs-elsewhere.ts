import { agentMethods } from '@virtstack/protocol';
import type { Cloud } from '../cloud.ts';
import { connectedOf } from '../hosts/agents.ts';

const askMs = 10_000;

/** Another host of the cluster on which a guest runs that one host does not know any more: somebody moved it by hand. */
export async function runsElsewhere({ db, agents, log }: Cloud, machineId: string, hostId: string): Promise<string | undefined> {
  const others = await db
    .selectFrom('host')
    .select('id')
    .where('cluster_id', '=', (eb) => eb.selectFrom('host as gone').select('gone.cluster_id').where('gone.id', '=', hostId))
    .where('id', '<>', hostId)
    .where('removed', 'is', null)
    .execute();
  for (const { id } of await connectedOf(agents, others)) {
    try {
      const { guests } = await agents.call(id, agentMethods.report, {}, { timeoutMs: askMs });
      if (guests.some((guest) => guest.ours && guest.uuid === machineId && guest.state === 'running')) return id;
    } catch (error) {
      log.debug({ err: error, hostId: id }, 'a host could not be asked for a guest');
    }
  }
  return undefined;
}
