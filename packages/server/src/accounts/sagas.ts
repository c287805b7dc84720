import { sealFields } from '../api/job-result.ts';
import { saga } from '../orchestration/saga.ts';
import { deleteUserKeys, registerUserKeys } from './key-sagas.ts';

type Issue = {
  readonly csr?: string;
  readonly commonName: string;
  readonly organization?: string;
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  readonly days: number;
  readonly certificate?: string;
  readonly sealed?: string;
};

/** Issues a certificate; where no request was given, with a key that lies sealed until it is asked for. */
export const issueCertificate = saga<Issue>('issue-certificate', {
  result: async ({ authority }, { certificate, sealed }) => ({
    certificates: { certificate, cacertificates: authority.certificate, ...(sealed && { sealed }) },
  }),
}).step('issue', {
  do: async ({ authority, secrets, jobId }, state) => {
    if (state.csr !== undefined) return { certificate: await authority.sign(state.csr, state) };
    const { certificate, key } = await authority.issue(state);
    return { certificate, ...sealFields(secrets, jobId, { privatekey: key }) };
  },
  undo: { nothing: 'a certificate that nobody was given opens nothing' },
});

/** What accounts/ does as jobs. */
export const accountSagas = [registerUserKeys, deleteUserKeys, issueCertificate];
