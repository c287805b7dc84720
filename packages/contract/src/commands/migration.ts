import { admins, boolean, changes, command, is, paging, response, shows, uuid } from '../language.ts';
import { host } from './host.ts';
import { virtualMachine } from './virtual-machine-answer.ts';

const hostForMigration = response('host', 'HostForMigrationResponse', 'a host to which a virtual machine may move', {
  ...host.fields,
  requiresStorageMotion: is.boolean('whether its volumes would have to move too, which this version does not do'),
});

/** Moving virtual machines from host to host. */
export const migrationCommands = {
  migrateVirtualMachine: command({
    kind: 'async',
    doc: 'Moves a running virtual machine to another host of its cluster: live where both hosts can, else it is paused while its memory is copied.',
    roles: admins,
    access: changes('virtualmachineid'),
    event: 'VM.MIGRATE',
    params: {
      virtualmachineid: uuid('virtualmachine').required().doc('the virtual machine'),
      hostid: uuid('host').doc('the host to which it is to move'),
      storageid: uuid('storagepool').doc('the pool to which its volumes are to move; refused in this version'),
      autoselect: boolean().default(false).doc('choose the host, where hostid names none'),
    },
    response: virtualMachine,
  }),
  findHostsForMigration: command({
    kind: 'list',
    doc: 'Lists the other hosts of a virtual machine’s cluster, and whether it can move there: details.migration says how (live or paused), details.migrationProblem why not.',
    roles: admins,
    access: shows('host'),
    params: { ...paging, virtualmachineid: uuid('virtualmachine').required().doc('the virtual machine') },
    response: hostForMigration,
  }),
} as const;
