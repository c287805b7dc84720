import { boolean, command, everyone, is, list, paging, response, shows, string, uuid } from '../language.ts';
import { annotated } from './shared.ts';

export const capability = response('capability', 'CapabilityResponse', 'what a network service can do', {
  name: is.string('its name'),
  value: is.string('its value'),
  canchooseservicecapability: is.boolean('whether an offering may choose it'),
});

const provider = response('provider', 'ProviderResponse', 'who provides a network service', {
  name: is.string('the provider'),
});

export const networkService = response('service', 'ServiceResponse', 'a network service', {
  name: is.string('its name'),
  provider: is.objects('who provides it', provider),
  capability: is.objects('what it can do', capability),
});

export const networkOffering = response('networkoffering', 'NetworkOfferingResponse', 'a network offering', {
  id: is.string('the offering'),
  name: is.string('its name'),
  displaytext: is.string('what it is, for people'),
  guestiptype: is.string('Shared, Isolated or L2'),
  traffictype: is.string('the traffic of its networks'),
  state: is.string('Enabled or Disabled'),
  availability: is.string('Required, Optional or Unavailable'),
  isdefault: is.boolean('whether every installation has it'),
  specifyvlan: is.boolean('whether the VLAN of a network is given by hand'),
  specifyipranges: is.boolean('whether the addresses of a network are given by hand'),
  conservemode: is.boolean('whether services share public addresses'),
  ispersistent: is.boolean('whether networks stay up without guests'),
  forvpc: is.boolean('whether it is for tiers of a VPC'),
  egressdefaultpolicy: is.boolean('whether guests may reach the outside at first'),
  networkrate: is.integer('throughput of each NIC, Mbit/s'),
  serviceofferingid: is.string('the offering of its virtual routers; empty where there are none'),
  service: is.objects('its services', networkService),
  tags: is.string('the tag of physical networks that it needs'),
  internetprotocol: is.string('IPv4 or DualStack'),
  created: is.date('when it was made'),
  ...annotated,
});

export const networkOfferingCommands = {
  listNetworkOfferings: command({
    kind: 'list',
    doc: 'Lists network offerings.',
    roles: everyone,
    access: shows('networkoffering'),
    params: {
      ...paging,
      id: uuid('networkoffering').doc('one offering'),
      name: string().doc('by name'),
      displaytext: string().doc('by its text'),
      traffictype: string().doc('by traffic'),
      guestiptype: string().doc('by type of network'),
      state: string().doc('by state'),
      availability: string().doc('by availability'),
      isdefault: boolean().doc('only those that every installation has, or only the others'),
      specifyvlan: boolean().doc('by whether the VLAN is given by hand'),
      specifyipranges: boolean().doc('by whether addresses are given by hand'),
      supportedservices: list().doc('those with all these services'),
      forvpc: boolean().doc('by whether it is for tiers of a VPC'),
      zoneid: uuid('zone').doc('those that can be used in a zone').unused(),
      domainid: uuid('domain').doc('those that can be used in a domain').unused(),
      networkid: uuid('network').doc('those to which this network can change').unused(),
      sourcenatsupported: boolean().doc('by whether they have source NAT'),
      tags: string().doc('by tag').unused(),
      istagged: boolean().doc('by whether they have a tag').unused(),
      routingmode: string().doc('by routing mode').unused(),
    },
    response: networkOffering,
  }),
} as const;
