import { type Closing, changeState, maintenanceStates } from '../hosts/maintenance.ts';
import { hostResult } from './prepare-host-for-maintenance.ts';
import { saga } from './saga.ts';

/** Opens a host again. A preparation that goes on notices it and ends. */
export const cancelHostMaintenance = saga<Closing>('cancel-host-maintenance', { result: hostResult }).step('open', {
  do: async ({ db }, { hostId }) => {
    await changeState(db, hostId, maintenanceStates, 'Enabled');
  },
  undo: { nothing: 'it is one write that happens or does not' },
});
