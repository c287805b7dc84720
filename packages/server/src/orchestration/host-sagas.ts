import { addHost, hostTakenIn } from './add-host.ts';
import { deleteHost } from './delete-host.ts';
import { reconnectHost } from './reconnect-host.ts';

/** A host's coming and going. */
export const hostSagas = [addHost, hostTakenIn, deleteHost, reconnectHost] as const;
