import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SetupRequest } from '@virtstack/protocol';
import { exists, writeAtomically } from '../../system/files.ts';
import { places } from '../places.ts';
import { SetupError } from '../setup-error.ts';
import type { Step } from './step.ts';

export const certificate: Step<SetupRequest<'join'>> = {
  name: 'put the certificate in place',
  do: async (_, { certificate: pem, authority }) => {
    if (!(await exists(places.key))) throw new SetupError('The host has no key yet.', 'Run prepare first.');
    const own = new X509Certificate(pem);
    if (!own.checkPrivateKey(createPrivateKey(await readFile(places.key, 'utf8'))))
      throw new SetupError('The certificate is not for this host’s key.', 'Have the request signed that prepare answered last.');
    if (!own.verify(new X509Certificate(authority).publicKey))
      throw new SetupError('The certificate was not signed by the authority that came with it.', 'Add the host again.');
    await writeAtomically(places.authority, authority);
    await writeAtomically(places.certificate, pem);
    return `good until ${own.validTo}`;
  },
  // No undo: it lies in the agent's directory, which goes at last.
};
