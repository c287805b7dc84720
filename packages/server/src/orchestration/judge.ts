import type { GuestState } from '@virtstack/protocol';

export type Machine = {
  readonly id: string;
  readonly state: string;
  readonly host_id: string | null;
  readonly power_state: string;
  readonly display_name: string;
  readonly instance_name: string;
  readonly zone_id: string;
  readonly account_id: string;
  readonly domain_id: string;
  readonly ha_enabled: boolean;
};

export type Verdict = {
  readonly to: 'Running' | 'Stopped';
  readonly power: GuestState;
  readonly event: 'VM.START' | 'VM.STOP';
  readonly level: 'INFO' | 'WARN';
  readonly words: string;
  readonly alert: boolean;
};

/** Gone for good, or never came to be: what a host says of it changes nothing. */
const settled = new Set(['Destroyed', 'Expunging', 'Error']);
/** libvirt's reasons for which nobody asked. */
const mishaps = new Set(['crashed', 'failed']);

/**
 * What a host's word about a machine changes, if anything. A paused guest is Running: CloudStack has no state for it, and it holds its memory.
 * A guest that is down is Stopped only by the word of the host that has it: any other host has nothing to say.
 */
export function judge(machine: Machine, power: GuestState, hostId: string, reason?: string): Verdict | undefined {
  if (settled.has(machine.state) || power === 'unknown') return undefined;
  const name = `${machine.display_name} (${machine.instance_name})`;
  if (power === 'running' || power === 'paused') {
    if (machine.state === 'Running' && machine.host_id === hostId) return undefined;
    const words =
      machine.state === 'Running'
        ? `${name} was moved to another host outside the cloud`
        : `${name} was started outside the cloud`;
    return { to: 'Running', power, event: 'VM.START', level: 'INFO', words, alert: false };
  }
  if (machine.host_id !== hostId || machine.state === 'Stopped') return undefined;
  const mishap = power === 'crashed' || (reason !== undefined && mishaps.has(reason));
  const words = `${name} ${mishap ? 'crashed' : 'was stopped by itself or outside the cloud'}${reason ? ` (${reason})` : ''}`;
  return { to: 'Stopped', power, event: 'VM.STOP', level: mishap ? 'WARN' : 'INFO', words, alert: mishap };
}
