import * as libvirt from '@virtstack/libvirt';
import type { GuestState } from '@virtstack/protocol';

type Meaning = { readonly state: GuestState; readonly reasons: Readonly<Record<number, string>> };

const running = {
  [libvirt.VIR_DOMAIN_RUNNING_BOOTED]: 'booted',
  [libvirt.VIR_DOMAIN_RUNNING_MIGRATED]: 'migrated',
  [libvirt.VIR_DOMAIN_RUNNING_RESTORED]: 'restored',
  [libvirt.VIR_DOMAIN_RUNNING_FROM_SNAPSHOT]: 'from snapshot',
  [libvirt.VIR_DOMAIN_RUNNING_UNPAUSED]: 'unpaused',
  [libvirt.VIR_DOMAIN_RUNNING_MIGRATION_CANCELED]: 'migration canceled',
  [libvirt.VIR_DOMAIN_RUNNING_SAVE_CANCELED]: 'save canceled',
  [libvirt.VIR_DOMAIN_RUNNING_WAKEUP]: 'event wakeup',
  [libvirt.VIR_DOMAIN_RUNNING_CRASHED]: 'crashed',
};
const paused = {
  [libvirt.VIR_DOMAIN_PAUSED_USER]: 'user',
  [libvirt.VIR_DOMAIN_PAUSED_MIGRATION]: 'migrating',
  [libvirt.VIR_DOMAIN_PAUSED_SAVE]: 'saving',
  [libvirt.VIR_DOMAIN_PAUSED_DUMP]: 'dumping',
  [libvirt.VIR_DOMAIN_PAUSED_IOERROR]: 'I/O error',
  [libvirt.VIR_DOMAIN_PAUSED_WATCHDOG]: 'watchdog',
  [libvirt.VIR_DOMAIN_PAUSED_FROM_SNAPSHOT]: 'from snapshot',
  [libvirt.VIR_DOMAIN_PAUSED_SHUTTING_DOWN]: 'shutting down',
  [libvirt.VIR_DOMAIN_PAUSED_SNAPSHOT]: 'creating snapshot',
  [libvirt.VIR_DOMAIN_PAUSED_CRASHED]: 'crashed',
  [libvirt.VIR_DOMAIN_PAUSED_STARTING_UP]: 'starting up',
};
const shutoff = {
  [libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN]: 'shutdown',
  [libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED]: 'destroyed',
  [libvirt.VIR_DOMAIN_SHUTOFF_CRASHED]: 'crashed',
  [libvirt.VIR_DOMAIN_SHUTOFF_MIGRATED]: 'migrated',
  [libvirt.VIR_DOMAIN_SHUTOFF_SAVED]: 'saved',
  [libvirt.VIR_DOMAIN_SHUTOFF_FAILED]: 'failed',
  [libvirt.VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT]: 'from snapshot',
  [libvirt.VIR_DOMAIN_SHUTOFF_DAEMON]: 'daemon',
};

/** libvirt's states in the protocol's words; the reasons are those of `virsh domstate --reason`. */
const meanings: Readonly<Record<number, Meaning>> = {
  [libvirt.VIR_DOMAIN_RUNNING]: { state: 'running', reasons: running },
  // One driver says so of a guest that has nothing to do.
  [libvirt.VIR_DOMAIN_BLOCKED]: { state: 'running', reasons: {} },
  // On its way down, and still there.
  [libvirt.VIR_DOMAIN_SHUTDOWN]: { state: 'running', reasons: {} },
  [libvirt.VIR_DOMAIN_PAUSED]: { state: 'paused', reasons: paused },
  [libvirt.VIR_DOMAIN_PMSUSPENDED]: { state: 'paused', reasons: { 0: 'pmsuspended' } },
  [libvirt.VIR_DOMAIN_SHUTOFF]: { state: 'shutoff', reasons: shutoff },
  [libvirt.VIR_DOMAIN_CRASHED]: { state: 'crashed', reasons: { [libvirt.VIR_DOMAIN_CRASHED_PANICKED]: 'panicked' } },
};

export const guestStateOf = (answer: {
  readonly state: number;
  readonly reason: number;
}): { state: GuestState; reason?: string } => {
  const meaning = meanings[answer.state];
  const reason = meaning?.reasons[answer.reason];
  return { state: meaning?.state ?? 'unknown', ...(reason !== undefined && { reason }) };
};

/** A process or a hypervisor's domain stands behind it: it cannot be started, and its disks are in use. */
export const isActive = (state: GuestState): boolean => state === 'running' || state === 'paused' || state === 'unknown';
