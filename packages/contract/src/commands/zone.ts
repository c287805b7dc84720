import { admins, boolean, command, everyone, is, map, paging, response, string, success, uuid } from '../language.ts';

export const zone = response('zone', 'ZoneResponse', 'a zone', {
  id: is.string('the zone'),
  name: is.string('its name'),
  networktype: is.string('Basic or Advanced'),
  allocationstate: is.string('Enabled or Disabled'),
  securitygroupsenabled: is.boolean('whether security groups are enabled'),
  localstorageenabled: is.boolean('whether guests may use their host’s own storage'),
  dns1: is.string('first DNS server for guests'),
  dns2: is.string('second DNS server for guests'),
  internaldns1: is.string('first DNS server for system VMs'),
  internaldns2: is.string('second DNS server for system VMs'),
  guestcidraddress: is.string('the addresses of isolated networks'),
  domain: is.string('the network domain of guests'),
  dhcpprovider: is.string('who answers DHCP'),
  zonetoken: is.string('token of the zone'),
  type: is.string('Core or Edge'),
});

export const zoneCommands = {
  createZone: command({
    kind: 'sync',
    doc: 'Creates a zone.',
    roles: admins,
    event: 'ZONE.CREATE',
    params: {
      name: string().required().doc('its name'),
      networktype: string().required().oneOf('Basic', 'Advanced').doc('Basic or Advanced'),
      dns1: string().required().doc('first DNS server for guests'),
      dns2: string().doc('second DNS server for guests'),
      internaldns1: string().required().doc('first DNS server for system VMs'),
      internaldns2: string().doc('second DNS server for system VMs'),
      guestcidraddress: string().doc('the addresses of isolated networks'),
      domain: string().doc('the network domain of guests'),
      allocationstate: string().oneOf('Enabled', 'Disabled').doc('Enabled or Disabled'),
      localstorageenabled: boolean().default(false).doc('whether guests may use their host’s own storage'),
      securitygroupenabled: boolean().default(false).doc('whether security groups are enabled'),
    },
    response: zone,
  }),
  listZones: command({
    kind: 'list',
    doc: 'Lists zones.',
    roles: everyone,
    params: {
      ...paging,
      id: uuid('zone').doc('one zone'),
      name: string().doc('by name'),
      available: boolean().doc('only those that may be deployed to'),
      networktype: string().doc('by network type'),
      tags: map().doc('by tags'),
    },
    response: zone,
  }),
  deleteZone: command({
    kind: 'sync',
    doc: 'Deletes an empty zone.',
    roles: admins,
    event: 'ZONE.DELETE',
    params: { id: uuid('zone').required().doc('the zone') },
    response: success,
  }),
} as const;
