import type { Candidate, ClusterLimits, Need, Pool, PoolLimits, VolumeNeed } from './need.ts';

/** What does not change while placements go on: why this host is out of the question, or nothing. */
export function exclusion(host: Candidate, need: Need): string | undefined {
  const { only } = need;
  if (only.hostId && only.hostId !== host.id) return 'is not the host asked for';
  if (only.clusterId && only.clusterId !== host.cluster_id) return 'is not in the cluster asked for';
  if (only.podId && only.podId !== host.pod_id) return 'is not in the pod asked for';
  if (host.status !== 'Up' && host.status !== 'Returning') return `is ${host.status}`;
  if (!host.enabled)
    return `is ${host.resource_state === 'Enabled' ? 'in a zone, pod or cluster that is disabled' : host.resource_state}`;
  if (need.definedOn && need.definedOn !== host.id) return 'does not have the definition of this machine, which was imported';
  const missing = need.hostTags.filter((tag) => !host.tags.includes(tag));
  if (missing.length > 0) return `lacks the tag ${missing.join(', ')}`;
  if (need.mode && !host.modes.includes(need.mode))
    return `does not run ${need.mode} guests (it offers ${host.modes.join(', ')})`;
  if (need.arch && need.arch !== host.arch) return `is ${host.arch}, not ${need.arch}`;
  if (host.cpus < need.cpuNumber) return `has ${host.cpus} CPUs, ${need.cpuNumber} needed`;
  return undefined;
}

/** Why a host has no room, with the numbers, or nothing. `promised` is what its guests have already. */
export function shortage(
  host: Candidate,
  need: Need,
  promised: { cpuMhz: number; memoryBytes: number },
  limits: ClusterLimits,
): string | undefined {
  const memory = host.memoryBytes * limits.memoryFactor * limits.memoryThreshold - promised.memoryBytes;
  if (memory < need.memoryBytes) return `has ${mib(memory)} of memory to give, ${mib(need.memoryBytes)} needed`;
  const cpu = host.cpuMhz * limits.cpuFactor * limits.cpuThreshold - promised.cpuMhz;
  const wanted = need.cpuNumber * need.cpuMhz;
  return cpu < wanted ? `has ${whole(cpu)} MHz of CPU to give, ${whole(wanted)} needed` : undefined;
}

/** Why a pool cannot take these bytes, or nothing. */
export function poolShortage(pool: Pool, bytes: number, promisedBytes: number, limits: PoolLimits): string | undefined {
  const left = pool.capacityBytes * limits.factor * limits.allocatedThreshold - promisedBytes;
  if (left < bytes) return `pool ${pool.name} has ${gib(left)} to give, ${gib(bytes)} needed`;
  if (pool.usedBytes > pool.capacityBytes * limits.usedThreshold)
    return `pool ${pool.name} is filled to ${Math.round((100 * pool.usedBytes) / pool.capacityBytes)} %, beyond ${Math.round(100 * limits.usedThreshold)} %`;
  return undefined;
}

/** Can this volume be on this pool when its machine runs on this host? */
export function poolSuits(pool: Pool, host: Candidate, volume: VolumeNeed): boolean {
  if (pool.state !== 'Up') return false;
  if (volume.tags.some((tag) => !pool.tags.includes(tag))) return false;
  return (volume.storage === 'local') === (pool.host_id !== null) && reaches(host, pool);
}

type Reaching = Pick<Candidate, 'id' | 'cluster_id' | 'hypervisor'>;
type Reached = Pick<Pool, 'host_id' | 'cluster_id' | 'hypervisor'>;

/** Is the host one of those whose pool it is? */
export const reaches = (host: Reaching, { host_id, cluster_id, hypervisor }: Reached): boolean =>
  host_id !== null
    ? host_id === host.id
    : (cluster_id === null || cluster_id === host.cluster_id) && (hypervisor === null || hypervisor === host.hypervisor);

/** Why a host cannot use a pool of its now, or nothing. */
export function lost({ name, mounted, said }: Pick<Pool, 'name' | 'mounted' | 'said'>, hostId: string): string | undefined {
  const problem = said[hostId];
  if (problem === undefined) return mounted ? `has not mounted the pool ${name} yet` : undefined;
  return problem === '' ? undefined : `has lost the pool ${name} (${problem})`;
}

const whole = (n: number): string => String(Math.max(0, Math.floor(n)));
const mib = (bytes: number): string => `${whole(bytes / 2 ** 20)} MiB`;
export const gib = (bytes: number): string => `${(Math.max(0, bytes) / 2 ** 30).toFixed(1)} GiB`;
