import { blockProcedures } from './procedures/block.ts';
import { connectProcedures } from './procedures/connect.ts';
import { deviceProcedures } from './procedures/device.ts';
import { domainProcedures } from './procedures/domain.ts';
import { domainEventProcedures } from './procedures/domain-event.ts';
import { guestProcedures } from './procedures/guest.ts';
import { migrationProcedures } from './procedures/migration.ts';
import { networkProcedures } from './procedures/network.ts';
import { nodeProcedures } from './procedures/node.ts';
import { nwfilterProcedures } from './procedures/nwfilter.ts';
import { qemuProcedures } from './procedures/qemu.ts';
import { saveProcedures } from './procedures/save.ts';
import { secretProcedures } from './procedures/secret.ts';
import { storageProcedures } from './procedures/storage.ts';

/** Every procedure and message that we speak, by libvirt's own names. Types and codecs derive from the declarations. */
export const procedures = {
  ...connectProcedures,
  ...nodeProcedures,
  ...domainProcedures,
  ...deviceProcedures,
  ...blockProcedures,
  ...saveProcedures,
  ...migrationProcedures,
  ...guestProcedures,
  ...domainEventProcedures,
  ...storageProcedures,
  ...networkProcedures,
  ...nwfilterProcedures,
  ...secretProcedures,
  ...qemuProcedures,
} as const;
