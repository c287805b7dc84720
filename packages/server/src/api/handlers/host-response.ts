import type { ResponseOf } from '@virtstack/contract';
import type { StoredFacts } from '../../hosts/host-row.ts';
import type { Context } from '../handler.ts';
import { type HostRow, hostRows } from './host-rows.ts';

type HostAnswer = ResponseOf<'listHosts'>;

/** The hosts of these ids, in that order. `details`: CloudStack's `min` leaves the figures out. */
export async function hostResponses(
  context: Pick<Context, 'db' | 'settings'>,
  ids: readonly string[],
  details?: readonly string[],
): Promise<HostAnswer[]> {
  if (ids.length === 0) return [];
  const found = await hostRows(context.db, ids);
  const figures = !details?.some((d) => d.toLowerCase() === 'min');
  return Promise.all(
    found.map(async (row) => ({ ...identity(row), ...abilities(row), ...(figures && (await capacity(context, row))) })),
  );
}

const identity = (row: HostRow): HostAnswer => ({
  id: row.id,
  name: row.name,
  type: 'Routing',
  state: row.status,
  resourcestate: row.resource_state,
  ipaddress: row.address,
  zoneid: row.zone_id,
  zonename: row.zone_name,
  podid: row.pod_id,
  podname: row.pod_name,
  clusterid: row.cluster_id,
  clustername: row.cluster_name,
  annotation: row.annotation,
  clustertype: row.cluster_type,
  hypervisor: row.hypervisor,
  created: row.created,
  disconnected: row.disconnected,
  lastpinged: row.last_seen,
  managementserverid: row.server_id,
  managementservername: row.server_name,
  hosttags: row.tags.join(','),
  explicithosttags: row.tags.join(','),
  hahost: false,
  events: row.status === 'Up' ? 'ShutdownRequested; Ping; AgentDisconnected' : 'AgentConnected; Remove',
});

/** What its agent told. */
function abilities(row: HostRow): HostAnswer {
  const facts = row.facts as Partial<StoredFacts>;
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));
  const details = {
    'Host.OS': facts.operatingSystem,
    'Host.OS.Kernel.Version': facts.kernel,
    'com.cloud.host.hypervisor.version': facts.hypervisorVersion,
    libvirtVersion: facts.libvirtVersion,
    emulatorVersion: facts.emulatorVersion,
    tooOld: facts.tooOld?.join(' '),
    cpuModel: facts.cpuModel,
    accelerated: text(facts.accelerated),
    accelerationProblem: facts.accelerationProblem,
    virtualizationModes: facts.virtualizationModes?.join(','),
    imageFormats: facts.imageFormats?.join(','),
    bridges: facts.bridges?.join(','),
    addresses: facts.addresses?.join(','),
  };
  return {
    hypervisorversion: facts.hypervisorVersion,
    version: facts.agentVersion,
    arch: facts.arch,
    capabilities: [...(facts.virtualizationModes ?? []), ...(facts.capabilities ?? [])].join(','),
    cpusockets: facts.cpuSockets,
    cpunumber: row.cpus,
    cpuspeed: row.cpu_mhz,
    details: Object.fromEntries(Object.entries(details).filter((entry): entry is [string, string] => Boolean(entry[1]))),
    ueficapability: facts.capabilities?.includes('uefi') ?? false,
    encryptionsupported: facts.capabilities?.includes('volume-encryption') ?? false,
  };
}

const percent = (part: number, whole: number): string => `${whole > 0 ? ((100 * part) / whole).toFixed(2) : '0'}%`;

/** Numbers and texts exactly as strict clients decode them. */
async function capacity({ settings }: Pick<Context, 'settings'>, row: HostRow): Promise<HostAnswer> {
  const scope = { scope: 'cluster', id: row.cluster_id } as const;
  const mhz = row.cpus * row.cpu_mhz;
  const cpuLimit = mhz * (await settings.number('cpu.overprovisioning.factor', scope));
  const memoryLimit = row.memory_bytes * (await settings.number('mem.overprovisioning.factor', scope));
  const cpu = row.cpu_promised;
  const memory = row.memory_promised;
  return {
    cpuallocated: percent(cpu, mhz),
    cpuallocatedvalue: cpu,
    cpuallocatedpercentage: percent(cpu, mhz),
    cpuallocatedwithoverprovisioning: percent(cpu, cpuLimit),
    cpuwithoverprovisioning: cpuLimit.toFixed(0),
    cpuused: row.cpu_used === null ? undefined : percent(row.cpu_used, 1),
    memorytotal: row.memory_bytes,
    memorywithoverprovisioning: memoryLimit.toFixed(0),
    memoryallocated: memory,
    memoryallocatedbytes: memory,
    memoryallocatedpercentage: percent(memory, row.memory_bytes),
    memoryused:
      row.memory_free_bytes === null ? undefined : Math.max(0, Math.round((row.memory_bytes - row.memory_free_bytes) / 1024)),
    disksizetotal: row.disk,
    disksizeallocated: row.disk === null ? undefined : row.disk_promised,
    islocalstorageactive: row.disk !== null,
  };
}
