import type { Cloud } from '../cloud.ts';
import { CloudError } from '../error.ts';
import { candidatesFor, takesGuests } from './candidates.ts';
import { gib } from './fits.ts';
import type { Need, VolumeNeed } from './need.ts';
import { assignPools, choosePools, poolsFor } from './pools.ts';
import { inOrder, type Refusal } from './reserve.ts';

/**
 * Gives a volume that is being attached a pool that its machine's host reaches, and answers the host: the one on which it runs, or else one that
 * reaches all of its volumes, as its next start will need it.
 */
export async function placeVolume(
  cloud: Cloud,
  need: Need,
  volume: VolumeNeed,
  runsOn: string | null,
): Promise<{ readonly placed: { readonly hostId: string } } | { readonly refused: readonly Refusal[] }> {
  const hosts = await candidatesFor(cloud.db, need);
  const open = hosts.filter((host) => (runsOn === null ? takesGuests(host.status) : host.id === runsOn));
  const pools = await poolsFor(cloud, need.zoneId);
  // Of those that have no pool yet the first start takes care.
  const bound = need.volumes.filter((v) => v.poolId !== null);
  const refused: Refusal[] = [];
  for (const host of await inOrder(cloud.db, open, need)) {
    const reason = await cloud.db.transaction().execute(async (tx) => {
      const choice = await choosePools(tx, host, [...bound, volume], pools);
      return typeof choice === 'string' ? choice : assignPools(tx, choice);
    });
    if (reason === undefined) return { placed: { hostId: host.id } };
    refused.push({ host: host.name, reason });
  }
  return { refused };
}

/** Why a volume cannot be placed; what hosts and pools have is told to an admin alone. */
export function volumeRefusal(need: Need, volume: VolumeNeed, refused: readonly Refusal[]): CloudError {
  const needs = `Volume ${volume.name} needs ${gib(volume.sizeBytes)} of ${volume.storage} storage for ${need.name}`;
  const said = refused.slice(0, 5).map(({ host, reason }) => `host ${host}: ${reason}`);
  const found = said.length > 0 ? said.join('; ') : 'no host on which it could run is Up';
  return new CloudError(
    'capacity',
    `${needs}; none that its host reaches can take it now. Delete volumes, take a smaller offering, or ask an admin, who is told why.`,
    { forAdmins: `${needs}; ${found}. Delete volumes, take a smaller offering, or add storage.`, detail: refused },
  );
}
