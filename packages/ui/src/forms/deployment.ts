import { base64 } from '../api/encode.ts';
import type { CallParams } from '../api/types.ts';

/** What the deploy form holds; an empty choice is the first that there is. */
export type Deployment = {
  readonly name: string;
  readonly zoneid: string;
  readonly templateid: string;
  readonly serviceofferingid: string;
  readonly networkids: string;
  readonly keypair: string;
  readonly newKeyName: string;
  readonly newKey: string;
  readonly userdata: string;
};

/** The choice in the list of keys that means: a new one. */
export const pasteKey = ' new';

export const emptyDeployment: Deployment = {
  name: '',
  zoneid: '',
  templateid: '',
  serviceofferingid: '',
  networkids: '',
  keypair: '',
  newKeyName: '',
  newKey: '',
  userdata: '',
};

/** The name of the key that the guest gets: a pasted one is registered under its own comment when it was given no name. */
export const keyNameOf = (d: Deployment): string =>
  d.keypair === pasteKey ? d.newKeyName.trim() || (d.newKey.trim().split(/\s+/)[2] ?? '') : d.keypair;

/** Whom the instance is to belong to: a project, or nobody but the caller. */
type Owner = { readonly projectid?: string };

export const paramsOf = (d: Deployment, owner: Owner = {}): CallParams<'deployVirtualMachine'> => ({
  ...owner,
  ...(d.name.trim() ? { name: d.name.trim() } : {}),
  zoneid: d.zoneid,
  templateid: d.templateid,
  serviceofferingid: d.serviceofferingid,
  ...(d.networkids ? { networkids: [d.networkids] } : {}),
  ...(keyNameOf(d) ? { keypair: keyNameOf(d) } : {}),
  ...(d.userdata.trim() ? { userdata: base64(d.userdata) } : {}),
});
