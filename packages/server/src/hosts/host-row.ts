import type { HostFacts, HostReport } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { gathered } from '../db/gathered.ts';

/** What the row of a host takes from its agent's facts. */
export const factColumns = (facts: HostFacts, agentVersion?: string) => ({
  facts: JSON.stringify({ ...facts, agentVersion }),
  cpus: facts.cpus,
  cpu_mhz: facts.cpuMhz,
  memory_bytes: facts.memoryBytes,
});

/** A stored host's facts; what its agent told last. */
export type StoredFacts = HostFacts & { readonly agentVersion?: string };

type Reported = { readonly id: string; readonly report: HostReport; readonly up: boolean };

/** Hosts come back in crowds: what is written of each goes in one statement for many. Rows are taken in one order, so that no two statements wait for each other. */
const record = gathered(async (db, told: readonly Reported[]) => {
  const column = <T>(of: (one: Reported) => T): T[] => told.map(of);
  await sql`
    with told as (
      select h.id, t.up and h.status = 'Connecting' as comes_up, t.cpu_used, t.memory_free_bytes
      from unnest(${column((one) => one.id)}::uuid[], ${column((one) => one.up)}::boolean[],
        ${column((one) => one.report.cpuUsed ?? null)}::double precision[], ${column((one) => one.report.memoryFreeBytes ?? null)}::bigint[])
        as t (id, up, cpu_used, memory_free_bytes) join host h using (id)
      order by h.id for no key update of h)
    update host h set last_seen = clock_timestamp(), cpu_used = told.cpu_used, memory_free_bytes = told.memory_free_bytes,
      status = case when comes_up then 'Up' else h.status end, disconnected = case when comes_up then null else h.disconnected end
    from told where told.id = h.id`.execute(db);
  return told.map(() => undefined);
});

/** Figures of a report that lists show. */
export const recordReport = (db: Database, hostId: string, report: HostReport): Promise<void> =>
  record(db, { id: hostId, report, up: false });

/** A host that was Connecting is Up; its report is recorded. */
export const recordUp = (db: Database, hostId: string, report: HostReport): Promise<void> =>
  record(db, { id: hostId, report, up: true });

type Arrival = { readonly id: string; readonly facts: HostFacts; readonly version: string; readonly server: number };

const arrive = gathered(async (db, arrivals: readonly Arrival[]) => {
  const rows = arrivals.map(({ id, facts, version, server }) => ({ id, server, ...factColumns(facts, version) }));
  await sql`
    with came as (
      select h.id, a.server, a.facts, a.cpus, a.cpu_mhz, a.memory_bytes
      from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.server)}::integer[], ${rows.map((row) => row.facts)}::jsonb[],
        ${rows.map((row) => row.cpus)}::integer[], ${rows.map((row) => row.cpu_mhz)}::integer[], ${rows.map((row) => row.memory_bytes)}::bigint[])
        as a (id, server, facts, cpus, cpu_mhz, memory_bytes) join host h using (id)
      order by h.id for no key update of h)
    update host h set status = 'Connecting', server_number = came.server, facts = came.facts, cpus = came.cpus, cpu_mhz = came.cpu_mhz,
      memory_bytes = came.memory_bytes
    from came where came.id = h.id`.execute(db);
  return arrivals.map(() => undefined);
});

/** A host's agent has connected to this server, and says what its host is now. */
export const recordArrival = (db: Database, arrival: Arrival): Promise<void> => arrive(db, arrival);
