import { boolean, caller, command, everyone, is, ownership, paging, reference, response, string, uuid } from '../language.ts';
import { owned } from './shared.ts';
import { byTags } from './tag.ts';

/**
 * Addresses of the outside and what leads from them to guests. This version has neither: networks here are shared, and guests have addresses of their own.
 * The lists are there because clients read them beside every machine (libcloud’s list_nodes).
 */

const publicAddress = response('ipaddress', 'IPAddressResponse', 'a public address', {
  id: is.string('the address, as a thing'),
  ipaddress: is.string('the address'),
  zoneid: is.string('the zone that it is in'),
  virtualmachineid: is.string('the virtual machine to which it leads'),
  state: is.string('Allocated or Free'),
  ...owned,
});

const rule = (key: string, doc: string) =>
  response(key, 'FirewallRuleResponse', doc, {
    id: is.string('the rule'),
    ipaddressid: is.string('the public address, as a thing'),
    ipaddress: is.string('the public address'),
    virtualmachineid: is.string('the virtual machine to which it leads'),
    protocol: is.string('tcp or udp'),
    publicport: is.string('the first port outside'),
    publicendport: is.string('the last port outside'),
    privateport: is.string('the first port of the guest'),
    privateendport: is.string('the last port of the guest'),
    state: is.string('its state'),
  });

const ipaddressid = reference().doc('those of a public address').unused();
const id = reference().doc('one of them').unused();
const fordisplay = boolean().doc('those that users see').unused();

export const addressCommands = {
  listPublicIpAddresses: command({
    kind: 'list',
    doc: 'Lists public addresses. This version has none.',
    roles: everyone,
    access: caller,
    params: {
      ...paging,
      ...ownership,
      id,
      ipaddress: string().doc('by the address').unused(),
      allocatedonly: boolean().doc('those in use').unused(),
      state: string().doc('by state').unused(),
      forvirtualnetwork: boolean().doc('those of isolated networks').unused(),
      forloadbalancing: boolean().doc('those that balance load').unused(),
      forsystemvms: boolean().doc('those of system VMs').unused(),
      forprovider: boolean().doc('those that another system gives').unused(),
      issourcenat: boolean().doc('those by which guests reach the outside').unused(),
      isstaticnat: boolean().doc('those that lead to one guest').unused(),
      retrieveonlyresourcecount: boolean().doc('count them and show none').unused(),
      zoneid: uuid('zone').doc('those in a zone').unused(),
      physicalnetworkid: uuid('physicalnetwork').doc('those of a physical network').unused(),
      networkid: uuid('network').doc('those of a network').unused(),
      associatednetworkid: uuid('network').doc('those that lead into a network').unused(),
      vlanid: reference().doc('those of a range').unused(),
      vpcid: reference().doc('those of a VPC').unused(),
      fordisplay,
      tags: byTags.unused(),
    },
    response: publicAddress,
    listKey: 'publicipaddress',
  }),
  listPortForwardingRules: command({
    kind: 'list',
    doc: 'Lists rules that lead ports of public addresses to guests. This version has none.',
    roles: everyone,
    access: caller,
    params: {
      ...paging,
      ...ownership,
      id,
      ipaddressid,
      networkid: uuid('network').doc('those of a network').unused(),
      fordisplay,
      tags: byTags.unused(),
    },
    response: rule('portforwardingrule', 'a rule that leads ports to a guest'),
  }),
  listIpForwardingRules: command({
    kind: 'list',
    doc: 'Lists public addresses of which all leads to one guest. This version has none.',
    roles: everyone,
    access: caller,
    params: {
      ...paging,
      ...ownership,
      id,
      ipaddressid,
      virtualmachineid: uuid('virtualmachine').doc('those that lead to a virtual machine').unused(),
    },
    response: rule('ipforwardingrule', 'a rule that leads an address to a guest'),
  }),
} as const;
