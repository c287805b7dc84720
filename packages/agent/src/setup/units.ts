import { run } from '../system/run.ts';
import { SetupError } from './setup-error.ts';

export type UnitState = {
  readonly loaded: boolean;
  readonly enabled: boolean;
  readonly active: boolean;
  readonly masked: boolean;
};

const LIMIT_MS = 180_000;

/** What systemd says of a unit; one that does not exist is neither loaded, enabled nor active. */
export const unitState = async (name: string): Promise<UnitState> => {
  const answer = await run(['systemctl', 'show', '--property=LoadState,UnitFileState,ActiveState', name], {
    timeoutMs: LIMIT_MS,
  });
  const said = (property: string): string => new RegExp(`^${property}=(.*)$`, 'm').exec(answer)?.[1] ?? '';
  return {
    loaded: said('LoadState') === 'loaded',
    masked: said('LoadState') === 'masked',
    enabled: /^enabled/.test(said('UnitFileState')),
    active: ['active', 'activating', 'reloading'].includes(said('ActiveState')),
  };
};

/** @throws {SetupError} with systemd's own words. */
export const systemctl = async (verb: string, ...units: readonly string[]): Promise<void> => {
  try {
    await run(['systemctl', verb, ...units], { timeoutMs: LIMIT_MS });
  } catch (error) {
    const logs = units.map((unit) => `journalctl -u ${unit}`).join(', ');
    throw new SetupError((error as Error).message, logs && `Its own words: ${logs}. Then repeat.`);
  }
};

/** Enables and starts a unit, as far as it is not. @throws {SetupError} it is masked, or does not start. */
export const bringUp = async (name: string): Promise<void> => {
  const { masked, enabled, active } = await unitState(name);
  if (masked) throw new SetupError(`The unit ${name} is masked on the host.`, `systemctl unmask ${name}`);
  if (!enabled) await systemctl('enable', name);
  if (!active) await systemctl('start', name);
};

/** Makes a unit as enabled and as active as it was; one that is gone needs nothing. */
export const bringBack = async (name: string, before: Pick<UnitState, 'enabled' | 'active'>): Promise<void> => {
  const { loaded, enabled, active } = await unitState(name);
  if (!loaded) return;
  if (enabled && !before.enabled) await systemctl('disable', name);
  if (active && !before.active) await systemctl('stop', name);
};
