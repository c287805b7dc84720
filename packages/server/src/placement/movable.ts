import { hostFacts, type VirtualizationMode } from '@virtstack/protocol';
import type { Database } from '../db/database.ts';

/** What of a host says how guests leave it and come to it. */
export type Movable = {
  readonly id: string;
  readonly name: string;
  readonly cpuModel: string;
  readonly live: readonly VirtualizationMode[];
  readonly paused: readonly VirtualizationMode[];
};
/** `live`: the guest runs on while it moves; else it is paused for as long as its memory takes. */
export type Way = { readonly live: boolean } | { readonly problem: string };

/** How a guest that runs in a mode gets from one host to another, or why it does not, in words that go on from the other's name. */
export function wayBetween(from: Movable, to: Movable, mode: VirtualizationMode): Way {
  const silent = [from, to].find((host) => !canPause(host, mode));
  if (silent)
    return {
      problem:
        silent === to
          ? `takes no ${mode} guests that come from another host`
          : `is out of reach: ${mode} guests do not leave ${from.name} while they run`,
    };
  if (from.cpuModel !== to.cpuModel)
    return {
      problem: `has another CPU (${to.cpuModel}) than ${from.name} (${from.cpuModel}), which a guest that runs would not survive: stop it and start it there`,
    };
  return { live: from.live.includes(mode) && to.live.includes(mode) };
}

const canPause = ({ live, paused }: Movable, mode: VirtualizationMode): boolean => live.includes(mode) || paused.includes(mode);

/** A cluster's hosts, by id, with what they said of it. */
export async function movableIn(db: Database, clusterId: string): Promise<ReadonlyMap<string, Movable>> {
  const rows = await db
    .selectFrom('host')
    .select(['id', 'name', 'facts'])
    .where('cluster_id', '=', clusterId)
    .where('removed', 'is', null)
    .execute();
  return new Map(rows.map(({ id, name, facts }) => [id, { id, name, ...saidOf(facts) }]));
}

const said = hostFacts.pick({ cpuModel: true, migration: true }).partial();
function saidOf(facts: unknown): Omit<Movable, 'id' | 'name'> {
  const { cpuModel = '', migration } = said.parse(facts);
  return { cpuModel, live: migration?.live ?? [], paused: migration?.paused ?? [] };
}
