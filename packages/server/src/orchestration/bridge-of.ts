import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';

/** The bridge that carries a network on a host: the label of its physical network's guest traffic for that host's hypervisor, or any other label of it. */
export async function bridgeOf(
  db: Database,
  hostId: string,
  network: { physical_network_id: string; name: string },
): Promise<string> {
  const row = await db
    .selectFrom('host')
    .innerJoin('traffic_type as t', (join) =>
      join
        .on('t.physical_network_id', '=', network.physical_network_id)
        .on('t.traffic_type', '=', 'Guest')
        .on('t.removed', 'is', null),
    )
    .select(['host.hypervisor', 't.labels'])
    .where('host.id', '=', hostId)
    .executeTakeFirst();
  const bridge = row && (row.labels[row.hypervisor] ?? Object.values(row.labels)[0]);
  if (!bridge)
    throw new CloudError(
      'conflict',
      `No bridge is named for network ${network.name}: give its physical network's Guest traffic a label.`,
    );
  return bridge;
}
