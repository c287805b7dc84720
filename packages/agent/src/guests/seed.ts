import type { GuestDocument } from '@virtstack/protocol';
import { replaceFile } from '../system/files.ts';
import { isoImage } from './iso.ts';

type Seed = NonNullable<GuestDocument['seed']>;

/**
 * Makes cloud-init's NoCloud disk, an ISO image labelled `cidata`. libvirt gives it to the process that runs the guest; others cannot read it. It
 * is made anew for every start, so it need not outlive a power failure.
 */
export const writeSeed = async (path: string, seed: Seed): Promise<void> => {
  const network = seed.networkConfig === undefined ? {} : { 'network-config': seed.networkConfig };
  const userData = Buffer.from(seed.userData, seed.userDataEncoding ?? 'utf8');
  const image = isoImage('cidata', { 'meta-data': seed.metaData, 'user-data': userData, ...network });
  await replaceFile(path, image);
};
