import { admins, changes, command, uuid } from '../language.ts';
import { host } from './host.ts';

const one = { id: uuid('host').required().doc('the host') };

/** A host that is emptied, and opened again. */
export const hostMaintenanceCommands = {
  prepareHostForMaintenance: command({
    kind: 'async',
    doc: 'Closes a host for new virtual machines and moves those that run there to other hosts of its cluster; stopped ones stay. Where some cannot move it ends in the state ErrorInPrepareForMaintenance and says which and why: it can be repeated.',
    roles: admins,
    access: changes('id'),
    event: 'MAINT.PREPARE',
    params: one,
    response: host,
  }),
  cancelHostMaintenance: command({
    kind: 'async',
    doc: 'Opens a host again that was closed for maintenance, or is being emptied. What has moved away stays where it is.',
    roles: admins,
    access: changes('id'),
    event: 'MAINT.CANCEL',
    params: one,
    response: host,
  }),
} as const;
