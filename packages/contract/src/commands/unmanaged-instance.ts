import {
  admins,
  boolean,
  changes,
  command,
  installation,
  is,
  makes,
  map,
  maps,
  owner,
  paging,
  response,
  string,
  uuid,
} from '../language.ts';
import { virtualMachine } from './virtual-machine-answer.ts';

const disk = response('disk', 'UnmanagedInstanceDiskResponse', 'a disk of a domain that is not managed', {
  id: is.string('its number, from 0: what datadiskofferinglist names'),
  label: is.string('its name in the domain (vda)'),
  capacity: is.long('what the guest sees, bytes'),
  imagepath: is.string('its file'),
  controller: is.string('its bus'),
  position: is.integer('its number, from 0'),
  datastorename: is.string('the primary storage in which its file lies'),
  datastorehost: is.string('the server of that storage'),
  datastorepath: is.string('the directory of its file'),
  datastoretype: is.string('the type of that storage; without one, what the disk is: file, block, network'),
});

const nic = response('nic', 'NicResponse', 'an interface of a domain that is not managed', {
  id: is.string('its number, from 0: what nicnetworklist and nicipaddresslist name'),
  macaddress: is.string('its MAC address, which names it as well'),
  adaptertype: is.string('its model'),
  networkid: is.string('empty: it is on no network of the cloud'),
  networkname: is.string('the bridge on which it is'),
  ipaddress: is.string('its address, where the host knows it; else empty'),
  isdefault: is.boolean('whether it becomes the default one: the first does'),
});

export const unmanagedInstance = response('unmanagedinstance', 'UnmanagedInstanceResponse', 'a domain that is not managed', {
  name: is.string('the name of the domain'),
  clusterid: is.string('its cluster'),
  clustername: is.string('the name of its cluster'),
  hostid: is.string('its host'),
  hostname: is.string('the name of its host'),
  hypervisor: is.string('the hypervisor type of its host'),
  hypervisorversion: is.string('the version of that'),
  powerstate: is.string('PowerOn, PowerOff, PowerUnknown'),
  cpunumber: is.integer('its CPUs'),
  memory: is.integer('its memory, MiB'),
  boottype: is.string('BIOS or UEFI'),
  disk: is.objects('its disks', disk),
  nic: is.objects('its network interfaces', nic),
});

const unmanaged = response('unmanagevirtualmachineresponse', 'UnmanageVMInstanceResponse', 'a machine that was given back', {
  success: is.boolean('whether it was given back'),
  details: is.string('what is left to do, or to know'),
  hostid: is.string('the host on which it is'),
});

/** Domains that were there before the cloud: seen, taken in, and given back. */
export const unmanagedInstanceCommands = {
  listUnmanagedInstances: command({
    kind: 'list',
    doc: 'Lists the domains on the hosts of a cluster that this cloud did not make and does not touch.',
    roles: admins,
    access: installation,
    params: {
      ...paging,
      clusterid: uuid('cluster').required().doc('the cluster'),
      name: string().doc('by the name of the domain'),
    },
    response: unmanagedInstance,
  }),
  importUnmanagedInstance: command({
    kind: 'async',
    doc: 'Takes a domain in, in place: the same disks, the same definition, and if it runs it runs on.',
    roles: admins,
    access: makes('virtualmachine'),
    event: 'VM.IMPORT',
    params: {
      clusterid: uuid('cluster').required().doc('the cluster on one of whose hosts it is'),
      name: string().required().doc('the name of the domain; it stays'),
      displayname: string().doc('its name for people; absent: that of the domain'),
      hostname: string().doc('its name in the cloud, a host name; absent: made of that of the domain'),
      templateid: uuid('template').doc('the template of which it is said to be'),
      serviceofferingid: uuid('serviceoffering').required().doc('its service offering, with its CPUs and its memory'),
      nicnetworklist: maps().doc(
        'nicnetworklist[0].nic, its number or MAC address, and nicnetworklist[0].network: the network of each interface; absent: the only network on its bridge',
      ),
      nicipaddresslist: maps().doc(
        'nicipaddresslist[0].nic and nicipaddresslist[0].ip4Address: the address that it has, or auto for a free one; absent: the one that its host knows, else a free one',
      ),
      datadiskofferinglist: maps().doc(
        'datadiskofferinglist[0].disk, its number or name, and datadiskofferinglist[0].diskOffering: the offerings of its data disks',
      ),
      details: map().doc('its details'),
      migrateallowed: boolean().doc('move it where its offering’s tags want it').unused(),
      forced: boolean().default(false).doc('take it in although its size is another than its offering’s; it keeps its own'),
      ...owner,
    },
    response: virtualMachine,
  }),
  unmanageVirtualMachine: command({
    kind: 'async',
    doc: 'Gives a machine back: its domain stays as it is on its host, running if it runs, and the cloud forgets it with its volumes and addresses.',
    roles: admins,
    access: changes('id'),
    event: 'VM.UNMANAGE',
    params: {
      id: uuid('virtualmachine').required().doc('the virtual machine'),
      hostid: uuid('host').doc('the host on which it is to stay: only the one on which it is'),
      forced: boolean()
        .default(false)
        .doc('forget it also where its host has no domain of it any more; the files of its disks stay'),
    },
    response: unmanaged,
  }),
} as const;
