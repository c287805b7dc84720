import { accountCommands } from './commands/account.ts';
import { accountChangeCommands } from './commands/account-changes.ts';
import { addressCommands } from './commands/address.ts';
import { alertCommands } from './commands/alert.ts';
import { annotationCommands } from './commands/annotation.ts';
import { apiCommands } from './commands/api.ts';
import { apiLimitCommands } from './commands/api-limit.ts';
import { capacityCommands } from './commands/capacity.ts';
import { certificateCommands } from './commands/certificate.ts';
import { clusterCommands } from './commands/cluster.ts';
import { configurationCommands } from './commands/configuration.ts';
import { diskOfferingCommands } from './commands/disk-offering.ts';
import { domainCommands } from './commands/domain.ts';
import { domainChangeCommands } from './commands/domain-changes.ts';
import { eventCommands } from './commands/event.ts';
import { hostCommands } from './commands/host.ts';
import { hostMaintenanceCommands } from './commands/host-maintenance.ts';
import { hypervisorCommands } from './commands/hypervisor.ts';
import { imageStoreCommands } from './commands/image-store.ts';
import { jobCommands } from './commands/job.ts';
import { managementServerCommands } from './commands/management-server.ts';
import { migrationCommands } from './commands/migration.ts';
import { networkCommands } from './commands/network.ts';
import { networkOfferingCommands } from './commands/network-offering.ts';
import { osTypeCommands } from './commands/os-type.ts';
import { physicalNetworkCommands } from './commands/physical-network.ts';
import { podCommands } from './commands/pod.ts';
import { projectCommands } from './commands/project.ts';
import { projectMemberCommands } from './commands/project-member.ts';
import { projectRoleCommands } from './commands/project-role.ts';
import { resourceLimitCommands } from './commands/resource-limit.ts';
import { roleCommands } from './commands/role.ts';
import { serviceOfferingCommands } from './commands/service-offering.ts';
import { sessionCommands } from './commands/session.ts';
import { sshKeyPairCommands } from './commands/ssh-key-pair.ts';
import { storagePoolCommands } from './commands/storage-pool.ts';
import { tagCommands } from './commands/tag.ts';
import { templateCommands } from './commands/template.ts';
import { twoFactorCommands } from './commands/two-factor.ts';
import { unmanagedInstanceCommands } from './commands/unmanaged-instance.ts';
import { userCommands } from './commands/user.ts';
import { userChangeCommands } from './commands/user-changes.ts';
import { userKeysCommands } from './commands/user-keys.ts';
import { virtualMachineCommands } from './commands/virtual-machine.ts';
import { volumeCommands } from './commands/volume.ts';
import { zoneCommands } from './commands/zone.ts';
import type { AnswerOf, AnyCommand, ValuesOf } from './language.ts';

/** Every command that this cloud knows. */
export const commands = {
  ...accountCommands,
  ...accountChangeCommands,
  ...addressCommands,
  ...alertCommands,
  ...annotationCommands,
  ...apiCommands,
  ...apiLimitCommands,
  ...capacityCommands,
  ...certificateCommands,
  ...clusterCommands,
  ...configurationCommands,
  ...diskOfferingCommands,
  ...domainCommands,
  ...domainChangeCommands,
  ...eventCommands,
  ...hostCommands,
  ...hostMaintenanceCommands,
  ...hypervisorCommands,
  ...imageStoreCommands,
  ...jobCommands,
  ...managementServerCommands,
  ...migrationCommands,
  ...networkOfferingCommands,
  ...networkCommands,
  ...osTypeCommands,
  ...physicalNetworkCommands,
  ...podCommands,
  ...resourceLimitCommands,
  ...projectCommands,
  ...projectMemberCommands,
  ...projectRoleCommands,
  ...roleCommands,
  ...serviceOfferingCommands,
  ...sessionCommands,
  ...sshKeyPairCommands,
  ...storagePoolCommands,
  ...tagCommands,
  ...templateCommands,
  ...twoFactorCommands,
  ...unmanagedInstanceCommands,
  ...userCommands,
  ...userChangeCommands,
  ...userKeysCommands,
  ...virtualMachineCommands,
  ...volumeCommands,
  ...zoneCommands,
} as const satisfies Record<string, AnyCommand>;

export type Commands = typeof commands;
export type CommandName = keyof Commands;
export type ParamsOf<N extends CommandName> = ValuesOf<Commands[N]['params']>;
export type ResponseOf<N extends CommandName> = AnswerOf<Commands[N]['response']>;

export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name);
