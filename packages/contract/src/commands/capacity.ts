import { admins, boolean, command, installation, integer, is, paging, response, string, uuid } from '../language.ts';

export const capacity = response('capacity', 'CapacityResponse', 'a capacity', {
  type: is.integer('what is counted: 0 memory, 1 CPU, 3 primary storage allocated, 6 secondary storage, 9 local storage'),
  name: is.string('the name of what is counted'),
  zoneid: is.string('its zone'),
  zonename: is.string('the name of its zone'),
  podid: is.string('its pod'),
  podname: is.string('the name of its pod'),
  clusterid: is.string('its cluster'),
  clustername: is.string('the name of its cluster'),
  capacityallocated: is.long('how much is promised to guests'),
  capacityused: is.long('how much is used'),
  capacitytotal: is.long('how much there is'),
  percentused: is.string('how much of it is used, percent'),
});

export const capacityCommands = {
  listCapacity: command({
    kind: 'list',
    doc: 'Lists what there is and what of it is used.',
    roles: admins,
    access: installation,
    params: {
      ...paging,
      zoneid: uuid('zone').doc('that of a zone'),
      podid: uuid('pod').doc('that of a pod'),
      clusterid: uuid('cluster').doc('that of a cluster'),
      type: integer().doc('what is counted'),
      sortby: string().oneOf('usage').doc('usage: the fullest first'),
      fetchlatest: boolean().doc('count anew; this cloud always does').unused(),
      tag: string().doc('by tag of hosts and pools').unused(),
    },
    response: capacity,
  }),
} as const;
