import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { gathered } from '../db/gathered.ts';
import { CloudError } from '../error.ts';

type Carried = { readonly physical_network_id: string; readonly name: string };

/** The bridge that carries a network on a host: the label of its physical network's guest traffic for that host's hypervisor, or any other label of it. */
export async function bridgeOf(db: Database, hostId: string, network: Carried): Promise<string> {
  const row = await labelsOn(db, { hostId, physicalNetworkId: network.physical_network_id });
  const bridge = row && (row.labels[row.hypervisor] ?? Object.values(row.labels)[0]);
  if (!bridge)
    throw new CloudError(
      'conflict',
      `No bridge is named for network ${network.name}: give its physical network's Guest traffic a label.`,
    );
  return bridge;
}

type Place = { readonly hostId: string; readonly physicalNetworkId: string };
type Labels = { readonly nth: number; readonly hypervisor: string; readonly labels: Readonly<Record<string, string>> };

const labelsOn = gathered(async (db, places: readonly Place[]): Promise<(Labels | undefined)[]> => {
  const { rows } = await sql<Labels>`
    select asked.nth, host.hypervisor, t.labels
    from unnest(${places.map((place) => place.hostId)}::uuid[], ${places.map((place) => place.physicalNetworkId)}::uuid[])
        with ordinality as asked (host_id, physical_network_id, nth)
      join host on host.id = asked.host_id
      join traffic_type t on t.physical_network_id = asked.physical_network_id and t.traffic_type = 'Guest' and t.removed is null`.execute(
    db,
  );
  const byNumber = new Map(rows.map((row) => [row.nth, row]));
  return places.map((_, n) => byNumber.get(n + 1));
});
