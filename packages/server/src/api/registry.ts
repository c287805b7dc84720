import type { CommandName } from '@virtstack/contract';
import type { Handlers } from './handler.ts';
import { accountChanges } from './handlers/account-changes.ts';
import { accounts } from './handlers/accounts.ts';
import { addresses } from './handlers/addresses.ts';
import { alerts } from './handlers/alerts.ts';
import { annotations } from './handlers/annotations.ts';
import { apiLimits } from './handlers/api-limits.ts';
import { apis } from './handlers/apis.ts';
import { capacity } from './handlers/capacity.ts';
import { certificates } from './handlers/certificates.ts';
import { clusters } from './handlers/clusters.ts';
import { configurations } from './handlers/configurations.ts';
import { consoles } from './handlers/console.ts';
import { diskOfferings } from './handlers/disk-offerings.ts';
import { domainChanges } from './handlers/domain-changes.ts';
import { domains } from './handlers/domains.ts';
import { events } from './handlers/events.ts';
import { hostMaintenance } from './handlers/host-maintenance.ts';
import { hosts } from './handlers/hosts.ts';
import { hypervisors } from './handlers/hypervisors.ts';
import { imageStores } from './handlers/image-stores.ts';
import { jobs } from './handlers/jobs.ts';
import { managementServers } from './handlers/management-servers.ts';
import { migration } from './handlers/migration.ts';
import { networkOfferings } from './handlers/network-offerings.ts';
import { networks } from './handlers/networks.ts';
import { osTypes } from './handlers/os-types.ts';
import { physicalNetworks } from './handlers/physical-networks.ts';
import { pods } from './handlers/pods.ts';
import { projectInvitations } from './handlers/project-invitations.ts';
import { projectMembers } from './handlers/project-members.ts';
import { projectRoles } from './handlers/project-roles.ts';
import { projects } from './handlers/projects.ts';
import { resourceLimits } from './handlers/resource-limits.ts';
import { rolePermissions } from './handlers/role-permissions.ts';
import { roleHandlers } from './handlers/roles.ts';
import { serviceOfferings } from './handlers/service-offerings.ts';
import { sshKeys } from './handlers/ssh-keys.ts';
import { storagePools } from './handlers/storage-pools.ts';
import { tags } from './handlers/tags.ts';
import { templates } from './handlers/templates.ts';
import { twoFactor } from './handlers/two-factor.ts';
import { unmanagedInstances } from './handlers/unmanaged-instances.ts';
import { userChanges } from './handlers/user-changes.ts';
import { userData } from './handlers/user-data.ts';
import { userKeys } from './handlers/user-keys.ts';
import { users } from './handlers/users.ts';
import { virtualMachines } from './handlers/virtual-machines.ts';
import { volumeChanges } from './handlers/volume-changes.ts';
import { volumes } from './handlers/volumes.ts';
import { zones } from './handlers/zones.ts';

/** Begins, opens and ends a session, with cookies: http/session-commands.ts. */
export type SessionCommand = 'login' | 'logout' | 'validateUserTwoFactorAuthenticationCode';
export type DispatchedCommand = Exclude<CommandName, SessionCommand>;

/** The handler of every command: complete, or it does not compile. */
export const handlers: Handlers<DispatchedCommand> = {
  ...accounts,
  ...accountChanges,
  ...addresses,
  ...alerts,
  ...annotations,
  ...apiLimits,
  ...apis,
  ...certificates,
  ...configurations,
  ...consoles,
  ...domains,
  ...domainChanges,
  ...events,
  ...jobs,
  ...sshKeys,
  ...twoFactor,
  ...userKeys,
  ...users,
  ...userChanges,
  ...capacity,
  ...clusters,
  ...hosts,
  ...hostMaintenance,
  ...hypervisors,
  ...managementServers,
  ...imageStores,
  ...osTypes,
  ...pods,
  ...storagePools,
  ...userData,
  ...migration,
  ...unmanagedInstances,
  ...virtualMachines,
  ...volumeChanges,
  ...volumes,
  ...diskOfferings,
  ...networkOfferings,
  ...networks,
  ...physicalNetworks,
  ...rolePermissions,
  ...roleHandlers,
  ...projectInvitations,
  ...projectMembers,
  ...projectRoles,
  ...projects,
  ...resourceLimits,
  ...serviceOfferings,
  ...tags,
  ...templates,
  ...zones,
};
