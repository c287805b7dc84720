import { addHost, hostTakenIn } from './add-host.ts';
import { cancelHostMaintenance } from './cancel-host-maintenance.ts';
import { provisionCertificate, revokeCertificate } from './certificate-sagas.ts';
import { deleteHost } from './delete-host.ts';
import { prepareHostForMaintenance } from './prepare-host-for-maintenance.ts';
import { reconnectHost } from './reconnect-host.ts';

/** A host's coming and going. */
export const hostSagas = [
  addHost,
  hostTakenIn,
  deleteHost,
  reconnectHost,
  provisionCertificate,
  revokeCertificate,
  prepareHostForMaintenance,
  cancelHostMaintenance,
] as const;
