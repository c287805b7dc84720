import type { SetupRequest } from '@virtstack/protocol';
import { places } from '../places.ts';
import { systemctl, unitState } from '../units.ts';
import type { Step } from './step.ts';

export const agent: Step<SetupRequest<'join'>> = {
  name: 'start the agent',
  do: async () => {
    await systemctl('enable', places.unit);
    await systemctl('restart', places.unit);
    return places.unit;
  },
  undo: {
    name: 'stop the agent',
    do: async () => {
      const { loaded, enabled, active } = await unitState(places.unit);
      if (!loaded) return 'it was not there';
      if (active) await systemctl('stop', places.unit);
      if (enabled) await systemctl('disable', places.unit);
      return places.unit;
    },
  },
};
