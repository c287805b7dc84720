import { agentMethods, type UnmanagedGuest } from '@virtstack/protocol';
import type { Cloud } from '../cloud.ts';
import { connectedOf } from './agents.ts';

/** A host that was asked, as a domain on it is told of. */
export type AskedHost = {
  readonly id: string;
  readonly name: string;
  readonly hypervisor: string;
  readonly zone_id: string;
  readonly cluster_id: string;
  readonly cluster: string;
  readonly facts: Record<string, unknown>;
};
export type Unmanaged = { readonly host: AskedHost; readonly guest: UnmanagedGuest };

const askMs = 60_000;

/**
 * The domains on a cluster's hosts that this cloud did not make; those on hosts that cannot be reached now are not among them.
 * @throws {CloudError} a host refuses to tell.
 */
export async function unmanagedIn(cloud: Pick<Cloud, 'db' | 'agents'>, clusterId: string, name?: string): Promise<Unmanaged[]> {
  const { agents } = cloud;
  const hosts = await connectedOf(agents, await hostsOf(cloud, clusterId));
  const answers = await Promise.all(
    hosts.map(async (host) => {
      const { guests } = await agents.call(
        host.id,
        agentMethods.unmanagedGuests,
        { ...(name !== undefined && { name }) },
        {
          timeoutMs: askMs,
        },
      );
      return guests.map((guest) => ({ host, guest }));
    }),
  );
  return answers.flat().toSorted((a, b) => a.guest.name.localeCompare(b.guest.name) || a.host.name.localeCompare(b.host.name));
}

const hostsOf = ({ db }: Pick<Cloud, 'db'>, clusterId: string): Promise<AskedHost[]> =>
  db
    .selectFrom('host as h')
    .innerJoin('cluster as c', 'c.id', 'h.cluster_id')
    .select(['h.id', 'h.name', 'h.hypervisor', 'h.zone_id', 'h.cluster_id', 'h.facts', 'c.name as cluster'])
    .where('h.cluster_id', '=', clusterId)
    .where('h.removed', 'is', null)
    .execute();
