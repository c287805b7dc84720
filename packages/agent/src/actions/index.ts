import type { Action } from './action.ts';
import { adoptGuest } from './adopt-guest.ts';
import { applyNetwork } from './apply-network.ts';
import { attachDisk } from './attach-disk.ts';
import { createVolume } from './create-volume.ts';
import { deleteImage } from './delete-image.ts';
import { deleteVolume } from './delete-volume.ts';
import { detachDisk } from './detach-disk.ts';
import { fetchImage } from './fetch-image.ts';
import { forgetGuest } from './forget-guest.ts';
import { leaveHost } from './leave-host.ts';
import { migrateGuest } from './migrate-guest.ts';
import { openConsole } from './open-console.ts';
import { preparePool } from './prepare-pool.ts';
import { rebootGuest } from './reboot-guest.ts';
import { receiveGuest } from './receive-guest.ts';
import { releaseGuest } from './release-guest.ts';
import { releasePool } from './release-pool.ts';
import { removeGuest } from './remove-guest.ts';
import { removeNetwork } from './remove-network.ts';
import { renewCertificate } from './renew-certificate.ts';
import { report } from './report.ts';
import { startAdopted } from './start-adopted.ts';
import { startGuest } from './start-guest.ts';
import { stopGuest } from './stop-guest.ts';
import { unmanagedGuests } from './unmanaged-guests.ts';

/** All that this agent does when it is asked. */
export const actions: readonly Action[] = [
  adoptGuest,
  applyNetwork,
  attachDisk,
  createVolume,
  deleteImage,
  deleteVolume,
  detachDisk,
  fetchImage,
  forgetGuest,
  leaveHost,
  migrateGuest,
  openConsole,
  preparePool,
  rebootGuest,
  receiveGuest,
  releaseGuest,
  releasePool,
  removeGuest,
  removeNetwork,
  renewCertificate,
  report,
  startAdopted,
  startGuest,
  stopGuest,
  unmanagedGuests,
];
