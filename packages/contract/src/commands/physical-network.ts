import { admins, changes, command, installation, is, list, paging, response, shows, string, success, uuid } from '../language.ts';
import { networkLabelFields, networkLabelParameters } from '../names.ts';

export const physicalNetwork = response('physicalnetwork', 'PhysicalNetworkResponse', 'a physical network', {
  id: is.string('the physical network'),
  name: is.string('its name'),
  zoneid: is.string('its zone'),
  zonename: is.string('the name of its zone'),
  state: is.string('Enabled or Disabled'),
  broadcastdomainrange: is.string('ZONE or POD'),
  vlan: is.string('the VLANs that may be given to networks'),
  isolationmethods: is.string('how networks are kept apart, separated by commas'),
  tags: is.string('its tags, separated by commas'),
  networkspeed: is.string('its speed'),
});

export const trafficType = response('traffictype', 'TrafficTypeResponse', 'a kind of traffic on a physical network', {
  id: is.string('the traffic type'),
  traffictype: is.string('Guest, Management, Public or Storage'),
  physicalnetworkid: is.string('its physical network'),
  ...networkLabelFields,
});

export const physicalNetworkCommands = {
  createPhysicalNetwork: command({
    kind: 'async-create',
    doc: 'Creates a physical network in a zone.',
    roles: admins,
    access: installation,
    event: 'PHYSICAL.NETWORK.CREATE',
    params: {
      name: string().required().doc('its name'),
      zoneid: uuid('zone').required().doc('its zone'),
      vlan: string().doc('the VLANs that may be given to networks: 100-200'),
      isolationmethods: list().doc('how networks are kept apart: VLAN'),
      tags: list().doc('its tags'),
      networkspeed: string().doc('its speed').unused(),
      broadcastdomainrange: string().oneOf('ZONE', 'POD').doc('ZONE or POD').unused(),
      domainid: uuid('domain').doc('the domain to which it belongs').unused(),
    },
    response: physicalNetwork,
  }),
  listPhysicalNetworks: command({
    kind: 'list',
    doc: 'Lists physical networks.',
    roles: admins,
    access: shows('physicalnetwork'),
    params: {
      ...paging,
      id: uuid('physicalnetwork').doc('one physical network'),
      name: string().doc('by name'),
      zoneid: uuid('zone').doc('those of a zone'),
    },
    response: physicalNetwork,
  }),
  deletePhysicalNetwork: command({
    kind: 'async',
    doc: 'Deletes a physical network that no network uses.',
    roles: admins,
    access: changes('id'),
    event: 'PHYSICAL.NETWORK.DELETE',
    params: { id: uuid('physicalnetwork').required().doc('the physical network') },
    response: success,
  }),
  addTrafficType: command({
    kind: 'async-create',
    doc: 'Says that a physical network carries a kind of traffic, and on which bridge of the hosts.',
    roles: admins,
    access: installation,
    event: 'PHYSICAL.NETWORK.TRAFFIC.TYPE.CREATE',
    params: {
      physicalnetworkid: uuid('physicalnetwork').required().doc('the physical network'),
      traffictype: string()
        .required()
        .oneOf('Guest', 'Management', 'Public', 'Storage')
        .doc('Guest, Management, Public or Storage'),
      ...networkLabelParameters,
      vlan: string().doc('the VLAN of this traffic').unused(),
      isolationmethod: string().doc('how its networks are kept apart').unused(),
    },
    response: trafficType,
  }),
  listTrafficTypes: command({
    kind: 'list',
    doc: 'Lists the kinds of traffic that a physical network carries.',
    roles: admins,
    access: shows('traffictype'),
    params: { ...paging, physicalnetworkid: uuid('physicalnetwork').required().doc('the physical network') },
    response: trafficType,
  }),
  deleteTrafficType: command({
    kind: 'async',
    doc: 'Says that a physical network no longer carries a kind of traffic.',
    roles: admins,
    access: changes('id'),
    event: 'PHYSICAL.NETWORK.TRAFFIC.TYPE.DELETE',
    params: { id: uuid('traffictype').required().doc('the traffic type') },
    response: success,
  }),
} as const;
