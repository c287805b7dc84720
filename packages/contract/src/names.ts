import { is, type Parameter, string } from './language.ts';

/**
 * CloudStack's own strings in which a hypervisor is named. They stand here and nowhere else; everything that uses them takes them as data.
 */

const label = (hypervisor: string): Parameter<string> =>
  string().doc(`the bridge on hosts of type ${hypervisor}; other types without a label of their own take it too`);
const foreign = (hypervisor: string): Parameter<string> =>
  string().doc(`the network on hosts of type ${hypervisor}, which this cloud does not manage`).unused();

export const networkLabelParameters = {
  kvmnetworklabel: label('KVM'),
  xennetworklabel: label('XEN'),
  vmwarenetworklabel: foreign('VMware'),
  hypervnetworklabel: foreign('Hyper-V'),
  ovm3networklabel: foreign('OVM3'),
};

export const networkLabelFields = {
  kvmnetworklabel: is.string('the bridge on hosts of type KVM'),
  xennetworklabel: is.string('the bridge on hosts of type XEN'),
};

/** The hypervisor's label → the parameter and field that carry its bridge. */
export const networkLabelOf = { KVM: 'kvmnetworklabel', XEN: 'xennetworklabel' } as const;
/** The same bridge on hosts of every type. */
export const networkLabels = (bridge: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.values(networkLabelOf).map((parameter) => [parameter, bridge]));

export const capabilityFields = {
  kvmsnapshotenabled: is.boolean('true if volumes of running KVM guests can be snapshotted'),
};

/** What addCluster takes for hypervisors that need an address of their own manager. */
export const foreignClusterParameters = {
  url: string().doc('the address of the hypervisor’s own manager').unused(),
  username: string().doc('a user of that manager').unused(),
  password: string().doc('the password of that user').secret().unused(),
  vsmusername: string().doc('a user of a Nexus switch').unused(),
  vsmpassword: string().doc('the password of that user').secret().unused(),
  vsmipaddress: string().doc('the address of a Nexus switch').unused(),
  guestvswitchtype: string().doc('the kind of virtual switch for guest traffic').unused(),
  guestvswitchname: string().doc('the virtual switch for guest traffic').unused(),
  publicvswitchtype: string().doc('the kind of virtual switch for public traffic').unused(),
  publicvswitchname: string().doc('the virtual switch for public traffic').unused(),
  ovm3pool: string().doc('an OVM3 pool').unused(),
  ovm3cluster: string().doc('an OVM3 cluster').unused(),
  ovm3vip: string().doc('an OVM3 address').unused(),
};

export const hostCapabilityFields = {
  ueficapability: is.boolean('whether guests can boot by UEFI'),
  encryptionsupported: is.boolean('whether volumes can be encrypted'),
};
