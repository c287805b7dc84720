import type { HostFacts, HostReport } from '@virtstack/protocol';
import type { Database } from '../db/database.ts';

/** What the row of a host takes from its agent's facts. */
export const factColumns = (facts: HostFacts, agentVersion?: string) => ({
  facts: JSON.stringify({ ...facts, agentVersion }),
  cpus: facts.cpus,
  cpu_mhz: facts.cpuMhz,
  memory_bytes: facts.memoryBytes,
});

/** A stored host's facts; what its agent told last. */
export type StoredFacts = HostFacts & { readonly agentVersion?: string };

/** Figures of a report that lists show. */
export async function recordReport(db: Database, hostId: string, report: HostReport): Promise<void> {
  const { cpuUsed = null, memoryFreeBytes = null } = report;
  await db
    .updateTable('host')
    .set({ last_seen: new Date(), cpu_used: cpuUsed, memory_free_bytes: memoryFreeBytes })
    .where('id', '=', hostId)
    .execute();
}
