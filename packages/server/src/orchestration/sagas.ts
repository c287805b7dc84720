import type { AnySaga } from '../jobs/run-job.ts';
import { physicalNetworkSagas } from '../network/physical-network-sagas.ts';
import { attachVolume, createAndAttachVolume } from './attach-volume.ts';
import { changeVolume } from './change-volume.ts';
import { deleteNetwork } from './delete-network.ts';
import { deleteTemplate } from './delete-template.ts';
import { deleteVolume } from './delete-volume.ts';
import { deployVirtualMachine, recordVirtualMachine } from './deploy-virtual-machine.ts';
import { destroyAndExpunge, destroyVirtualMachine } from './destroy-virtual-machine.ts';
import { detachVolume } from './detach-volume.ts';
import { downloadTemplate } from './download-template.ts';
import { expungeVirtualMachine } from './expunge-virtual-machine.ts';
import { hostSagas } from './host-sagas.ts';
import { identitySagas } from './identity-sagas.ts';
import { importInstance } from './import-instance.ts';
import { migrateVirtualMachine } from './migrate-virtual-machine.ts';
import { projectSagas } from './project-sagas.ts';
import { rebootVirtualMachine } from './reboot-virtual-machine.ts';
import { releasePool } from './release-pool.ts';
import { startVirtualMachine } from './start-virtual-machine.ts';
import { stopVirtualMachine } from './stop-virtual-machine.ts';
import { unmanageVirtualMachine } from './unmanage-virtual-machine.ts';

/** Every saga that a job may name. */
export const sagas: readonly AnySaga[] = [
  deployVirtualMachine,
  recordVirtualMachine,
  startVirtualMachine,
  stopVirtualMachine,
  rebootVirtualMachine,
  migrateVirtualMachine,
  destroyVirtualMachine,
  destroyAndExpunge,
  expungeVirtualMachine,
  importInstance,
  unmanageVirtualMachine,
  attachVolume,
  createAndAttachVolume,
  changeVolume,
  detachVolume,
  deleteVolume,
  releasePool,
  downloadTemplate,
  deleteTemplate,
  deleteNetwork,
  ...hostSagas,
  ...identitySagas,
  ...physicalNetworkSagas,
  ...projectSagas,
];
