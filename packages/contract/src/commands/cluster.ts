import { admins, boolean, command, is, list, map, paging, reference, response, string, success, uuid } from '../language.ts';
import { foreignClusterParameters } from '../names.ts';
import { capacity } from './capacity.ts';
import { accessGroup, allocationState } from './shared.ts';

export const cluster = response('cluster', 'ClusterResponse', 'a cluster', {
  id: is.string('the cluster'),
  name: is.string('its name'),
  zoneid: is.string('its zone'),
  zonename: is.string('the name of its zone'),
  podid: is.string('its pod'),
  podname: is.string('the name of its pod'),
  hypervisortype: is.string('the type of all its hosts'),
  clustertype: is.string('CloudManaged'),
  allocationstate: is.string('Enabled or Disabled'),
  managedstate: is.string('Managed'),
  arch: is.string('the processor architecture of its hosts'),
  cpuovercommitratio: is.string('how often each CPU is given away'),
  memoryovercommitratio: is.string('how often each byte of memory is given away'),
  resourcedetails: is.map('its details'),
  capacity: is.objects('what it has and what of it is used, where asked for', capacity),
});

const architecture = string().oneOf('x86_64', 'aarch64').doc('the processor architecture of its hosts');

export const clusterCommands = {
  addCluster: command({
    kind: 'sync',
    doc: 'Adds a cluster to a pod.',
    roles: admins,
    event: 'CLUSTER.CREATE',
    answersList: true,
    params: {
      clustername: string().required().doc('its name'),
      zoneid: uuid('zone').required().doc('its zone'),
      podid: uuid('pod').required().doc('its pod'),
      hypervisor: string().required().doc('the type of all its hosts; see listHypervisors'),
      clustertype: string().required().oneOf('CloudManaged', 'ExternalManaged').doc('CloudManaged'),
      allocationstate: allocationState,
      arch: architecture,
      ...foreignClusterParameters,
      storageaccessgroups: list().doc('storage access groups of its hosts').unused(),
      extensionid: reference().doc('an extension that manages it').unused(),
      externaldetails: map().doc('details for that extension').unused(),
    },
    response: cluster,
  }),
  listClusters: command({
    kind: 'list',
    doc: 'Lists clusters.',
    roles: admins,
    params: {
      ...paging,
      id: uuid('cluster').doc('one cluster'),
      name: string().doc('by name'),
      zoneid: uuid('zone').doc('those of a zone'),
      podid: uuid('pod').doc('those of a pod'),
      hypervisor: string().doc('by hypervisor type'),
      clustertype: string().doc('by cluster type'),
      allocationstate: string().doc('by allocation state'),
      managedstate: string().doc('by managed state'),
      showcapacities: boolean().doc('show their capacity too'),
      arch: string().doc('by processor architecture'),
      storageaccessgroup: accessGroup,
    },
    response: cluster,
  }),
  updateCluster: command({
    kind: 'sync',
    doc: 'Changes a cluster. Its hypervisor type cannot be changed.',
    roles: admins,
    event: 'CLUSTER.EDIT',
    params: {
      id: uuid('cluster').required().doc('the cluster'),
      clustername: string().doc('its new name'),
      hypervisor: string().doc('its hypervisor type: only the one that it has'),
      clustertype: string().doc('its cluster type: only the one that it has'),
      allocationstate: allocationState,
      managedstate: string().doc('Managed or Unmanaged').unused(),
      arch: architecture,
      externaldetails: map().doc('details for an extension').unused(),
    },
    response: cluster,
  }),
  deleteCluster: command({
    kind: 'sync',
    doc: 'Deletes an empty cluster.',
    roles: admins,
    event: 'CLUSTER.DELETE',
    params: { id: uuid('cluster').required().doc('the cluster') },
    response: success,
  }),
} as const;
