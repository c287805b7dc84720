import { boolean, integer, list, map, maps, reference, references, string, text, uuid } from '../language.ts';
import { showicon } from './shared.ts';
import { byTags } from './tag.ts';

/** Groups of parameters of virtual machines, most of which later versions will use. */

export const lease = {
  leaseduration: integer().doc('days after which it ends').unused(),
  leaseexpiryaction: string().doc('what happens then: STOP or DESTROY').unused(),
};

export const boot = {
  boottype: string().doc('BIOS or UEFI').unused(),
  bootmode: string().doc('Legacy or Secure').unused(),
  bootintosetup: boolean().doc('show the firmware’s setup first').unused(),
};

export const groups = {
  securitygroupids: references().doc('its security groups').unused(),
  securitygroupnames: list().doc('its security groups, by name').unused(),
};

export const userData = {
  userdata: text().secret().doc('what cloud-init is to do, base64, at most 1 MiB decoded'),
  userdataid: reference().doc('registered user data').unused(),
  userdatadetails: map().secret().doc('values for the registered user data').unused(),
};

export const laterAtDeploy = {
  volumeid: uuid('volume').doc('a volume to boot from').unused(),
  snapshotid: reference().doc('a snapshot to boot from').unused(),
  password: string().doc('its first password; given through cloud-init by user data instead').secret().unused(),
  rootdiskkmskeyid: reference().doc('the key that encrypts its root disk').unused(),
  datadisksdetails: maps().doc('its data disks').unused(),
  datadiskofferinglist: maps().doc('the offerings of the template’s data disks').unused(),
  overridediskofferingid: uuid('diskoffering').doc('the disk offering of its root disk').unused(),
  ip6address: string().doc('its IPv6 address').unused(),
  keyboard: string().doc('the keyboard of its console').unused(),
  affinitygroupids: references().doc('its affinity groups').unused(),
  affinitygroupnames: list().doc('its affinity groups, by name').unused(),
  deploymentplanner: string().doc('who chooses its host').unused(),
  dhcpoptionsnetworklist: maps().doc('DHCP options of its interfaces').unused(),
  nicnetworklist: maps().doc('the networks of an appliance’s interfaces').unused(),
  extraconfig: text().doc('extra XML of its domain; never accepted into it').unused(),
  copyimagetags: boolean().doc('give it the tags of its template').unused(),
  properties: map().doc('values for an appliance').unused(),
  dynamicscalingenabled: boolean().doc('it can grow while it runs').unused(),
  iothreadsenabled: boolean().doc('serve its disks by threads of their own').unused(),
  iodriverpolicy: string().doc('how its disks are served').unused(),
  nicmultiqueuenumber: integer().doc('the queues of its interfaces').unused(),
  nicpackedvirtqueuesenabled: boolean().doc('packed queues on its interfaces').unused(),
  externaldetails: map().doc('details for an extension').unused(),
  customid: string().doc('an id chosen by the caller').unused(),
  group: string().doc('its group').unused(),
  displayvm: boolean().doc('whether users see it').unused(),
};

export const lookFilters = {
  forvirtualnetwork: boolean().doc('by whether they are on isolated networks').unused(),
  isoid: reference().doc('those in which an ISO is').unused(),
  vpcid: reference().doc('those in a VPC').unused(),
  groupid: reference().doc('those of a group').unused(),
  affinitygroupid: reference().doc('those of an affinity group').unused(),
  securitygroupid: reference().doc('those of a security group').unused(),
  backupofferingid: reference().doc('those with a backup offering').unused(),
  autoscalevmgroupid: reference().doc('those of a group that scales').unused(),
  userdataid: reference().doc('those with registered user data').unused(),
  extensionid: reference().doc('those of an extension').unused(),
  displayvm: boolean().doc('by whether users see them').unused(),
  accumulate: boolean().doc('add figures up').unused(),
  leased: boolean().doc('by whether they end by themselves').unused(),
  gpuenabled: boolean().doc('by whether they have a GPU').unused(),
  isvnf: boolean().doc('by whether they are network appliances').unused(),
  retrieveonlyresourcecount: boolean().doc('answer the count alone').unused(),
  tags: byTags,
  showicon,
};
