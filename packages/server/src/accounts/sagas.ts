import { sealFields } from '../api/job-result.ts';
import { saga } from '../orchestration/saga.ts';
import { apiKeysOf, replaceApiKeys } from './api-keys.ts';

type Keys = { readonly userId: string };

/** Gives a user new API keys. */
export const registerUserKeys = saga<Keys>('register-user-keys', {
  result: async ({ db, secrets, jobId }, { userId }) => {
    const user = await db.selectFrom('users').select('username').where('id', '=', userId).executeTakeFirstOrThrow();
    const keys = await apiKeysOf(db, secrets, userId);
    if (!keys) return { success: true };
    const shown = { apikey: keys.apikey, userid: userId, username: user.username, state: 'ENABLED', created: new Date() };
    return { userkeys: { ...shown, ...sealFields(secrets, jobId, { secretkey: keys.secretkey }) } };
  },
}).step('keys', {
  do: async ({ db, secrets }, { userId }) => {
    await db.transaction().execute((tx) => replaceApiKeys(tx, secrets, userId));
  },
  undo: { nothing: 'the keys until then are gone, and new ones that nobody was told open nothing' },
});

type Issue = {
  readonly csr?: string;
  readonly commonName: string;
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
export const accountSagas = [registerUserKeys, issueCertificate];
