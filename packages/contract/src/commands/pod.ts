import {
  admins,
  boolean,
  changes,
  command,
  installation,
  is,
  list,
  paging,
  response,
  shows,
  string,
  success,
  uuid,
} from '../language.ts';
import { capacity } from './capacity.ts';
import { accessGroup, allocationState, annotated } from './shared.ts';

const range = response('iprange', 'IpRangeResponse', 'a range of addresses', {
  startip: is.string('its first address'),
  endip: is.string('its last address'),
  gateway: is.string('the gateway'),
  cidr: is.string('the network'),
  forsystemvms: is.string('whether system VMs take addresses from it'),
});

export const pod = response('pod', 'PodResponse', 'a pod', {
  id: is.string('the pod'),
  name: is.string('its name'),
  zoneid: is.string('its zone'),
  zonename: is.string('the name of its zone'),
  gateway: is.string('the gateway of its management network'),
  netmask: is.string('the netmask of its management network'),
  startip: is.list('the first addresses of its ranges'),
  endip: is.list('the last addresses of its ranges'),
  forsystemvms: is.list('for each range, whether system VMs take addresses from it'),
  vlanid: is.list('the VLANs of its ranges'),
  ipranges: is.objects('its ranges of addresses', range),
  allocationstate: is.string('Enabled or Disabled'),
  capacity: is.objects('what it has and what of it is used, where asked for', capacity),
  ...annotated,
});

const addresses = {
  gateway: string().doc('the gateway of its management network'),
  netmask: string().doc('the netmask of its management network'),
  startip: string().doc('the first address for system VMs'),
  endip: string().doc('the last address for system VMs'),
  allocationstate: allocationState,
};

export const podCommands = {
  createPod: command({
    kind: 'sync',
    doc: 'Creates a pod in a zone.',
    roles: admins,
    access: installation,
    event: 'POD.CREATE',
    params: {
      name: string().required().doc('its name'),
      zoneid: uuid('zone').required().doc('its zone'),
      ...addresses,
      storageaccessgroups: list().doc('storage access groups of its hosts').unused(),
    },
    response: pod,
  }),
  listPods: command({
    kind: 'list',
    doc: 'Lists pods.',
    roles: admins,
    access: shows('pod'),
    params: {
      ...paging,
      id: uuid('pod').doc('one pod'),
      name: string().doc('by name'),
      zoneid: uuid('zone').doc('those of a zone'),
      allocationstate: string().doc('by allocation state'),
      showcapacities: boolean().doc('show their capacity too'),
      storageaccessgroup: accessGroup,
    },
    response: pod,
  }),
  updatePod: command({
    kind: 'sync',
    doc: 'Changes a pod.',
    roles: admins,
    access: changes('id'),
    event: 'POD.EDIT',
    params: { id: uuid('pod').required().doc('the pod'), name: string().doc('its new name'), ...addresses },
    response: pod,
  }),
  deletePod: command({
    kind: 'sync',
    doc: 'Deletes an empty pod.',
    roles: admins,
    access: changes('id'),
    event: 'POD.DELETE',
    params: { id: uuid('pod').required().doc('the pod') },
    response: success,
  }),
} as const;
