import type { Need } from './need.ts';
import type { Refused } from './reserve.ts';

const shown = 5;

/**
 * Why there is no place for a machine, in words for its owner: what it needs, and what may be done. What each host has is told to an admin alone; for
 * machines of others the log has it.
 */
export function refusalText(need: Need, { refused, modes }: Refused): string {
  const needs = `${need.name} needs ${need.cpuNumber} × ${need.cpuMhz} MHz of CPU and ${need.memoryBytes / 2 ** 20} MiB of memory on a ${need.hypervisor} host`;
  if (refused.length === 0) return `${needs}; the zone has none. Add a host, or use a template for another hypervisor.`;
  if (need.mode && !modes.includes(need.mode))
    return `${need.name} is to run in mode ${need.mode}, which no ${need.hypervisor} host of the zone offers; they offer ${modes.join(', ') || 'none'}. Change virtualizationMode in its details, or in its template's.`;
  if (!need.hostsNamed)
    return `${needs}; no host of the zone can take it now. Stop a machine of yours, take a smaller offering, or ask an admin, whose log says why.`;
  const near = refused.filter(({ reason }) => reason.startsWith('has '));
  const far = refused.filter(({ reason }) => !reason.startsWith('has '));
  const said = [...near, ...far].slice(0, shown).map(({ host, reason }) => `host ${host} ${reason}`);
  const more = refused.length - said.length;
  return `${needs}; ${said.join('; ')}${more > 0 ? `; ${more} more hosts are excluded` : ''}. Stop a machine, take a smaller offering, or add a host.`;
}
