import { hostFacts, type VirtualizationMode, virtualizationMode } from '@virtstack/protocol';
import type { Cloud } from '../cloud.ts';
import { CloudError } from '../error.ts';

type Details = Readonly<Record<string, string>>;
type Insisting = { readonly details: Details; readonly template_details?: Details };

/**
 * The mode that the machine or else its template insists on. (CloudStack's `requireshvm` says nothing here: clients send it for every template.)
 * @throws {CloudError} it is none.
 */
export function insistedMode({ details, template_details = {} }: Insisting): VirtualizationMode | undefined {
  const said = details.virtualizationMode ?? template_details.virtualizationMode;
  if (said === undefined) return undefined;
  const parsed = virtualizationMode.safeParse(said.toLowerCase());
  if (parsed.success) return parsed.data;
  const known = virtualizationMode.options.join(', ');
  throw new CloudError('parameter', `virtualizationMode is "${said.slice(0, 100)}", but must be one of ${known}.`);
}

/** The mode in which a machine starts on a host: what is insisted on; else what the setting would like, where the host offers it; else the host's first. */
export async function modeOn(
  { db, settings }: Pick<Cloud, 'db' | 'settings'>,
  hostId: string,
  machine: Insisting,
): Promise<VirtualizationMode> {
  const insisted = insistedMode(machine);
  if (insisted) return insisted;
  const host = await db.selectFrom('host').select(['cluster_id', 'facts']).where('id', '=', hostId).executeTakeFirstOrThrow();
  const offered = hostFacts.shape.virtualizationModes.parse(host.facts.virtualizationModes);
  const liked = await settings.text('virtualization.mode', { scope: 'cluster', id: host.cluster_id });
  return offered.find((mode) => mode === liked) ?? offered[0]!;
}
