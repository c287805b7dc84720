import type { VirtualizationMode } from '@virtstack/protocol';

/** A volume that has no pool yet, or the pool that it has. */
export type VolumeNeed = {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly poolId: string | null;
  readonly storage: 'local' | 'shared';
  /** A pool must have them. */
  readonly tags: readonly string[];
};

/** What a machine asks of a host. */
export type Need = {
  readonly machineId: string;
  readonly name: string;
  readonly zoneId: string;
  readonly hypervisor: string;
  readonly cpuNumber: number;
  readonly cpuMhz: number;
  readonly memoryBytes: number;
  readonly hostTags: readonly string[];
  readonly volumes: readonly VolumeNeed[];
  /** Only where the machine or its template insists. */
  readonly mode?: VirtualizationMode;
  readonly arch?: string;
  readonly lastHostId: string | null;
  /** The host that has its definition, where nobody can make it anew. */
  readonly definedOn?: string;
  /** Its owner is an admin, who may read which hosts there are. */
  readonly hostsNamed: boolean;
  readonly only: { readonly podId?: string; readonly clusterId?: string; readonly hostId?: string };
};

/** A host as placement sees it; `cpuMhz` is of all its CPUs together. */
export type Candidate = {
  readonly id: string;
  readonly name: string;
  readonly pod_id: string;
  readonly cluster_id: string;
  readonly hypervisor: string;
  /** The host's, or `Returning`: its agent was lost a moment ago. */
  readonly status: string;
  readonly resource_state: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
  readonly modes: readonly string[];
  readonly arch: string;
  readonly cpus: number;
  readonly cpuMhz: number;
  readonly memoryBytes: number;
};

export type Pool = {
  readonly id: string;
  readonly name: string;
  readonly host_id: string | null;
  readonly cluster_id: string | null;
  readonly hypervisor: string | null;
  /** Hosts mount it: one that has not said that it did cannot use it. */
  readonly mounted: boolean;
  /** What hosts said of it: nothing, or why they cannot use it now. */
  readonly said: Readonly<Record<string, string>>;
  readonly state: string;
  readonly tags: readonly string[];
  readonly capacityBytes: number;
  readonly usedBytes: number;
};

/** How much of a cluster's hosts may be promised. */
export type ClusterLimits = {
  readonly cpuFactor: number;
  readonly memoryFactor: number;
  readonly cpuThreshold: number;
  readonly memoryThreshold: number;
};
export type PoolLimits = { readonly factor: number; readonly allocatedThreshold: number; readonly usedThreshold: number };
