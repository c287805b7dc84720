import {
  command,
  everyone,
  is,
  makes,
  owner,
  ownership,
  paging,
  response,
  shows,
  string,
  success,
  takesAway,
  text,
  uuid,
} from '../language.ts';
import { annotated } from './shared.ts';

const fields = {
  id: is.string('the key'),
  name: is.string('its name'),
  fingerprint: is.string('the fingerprint of its public half'),
  account: is.string('the account that owns it'),
  projectid: is.string('the project that owns it, in place of the account'),
  project: is.string('the name of that project'),
  domainid: is.string('the domain that it is in'),
  domain: is.string('the name of that domain'),
  ...annotated,
};

export const sshKeyPair = response('sshkeypair', 'SSHKeyPairResponse', 'an SSH key', fields);
export const registeredKeyPair = response('keypair', 'SSHKeyPairResponse', 'an SSH key', fields);
export const createdKeyPair = response('keypair', 'CreateSSHKeyPairResponse', 'an SSH key with its private half', {
  ...fields,
  privatekey: is.string('the private half, shown this once and kept nowhere'),
});

export const sshKeyPairCommands = {
  createSSHKeyPair: command({
    kind: 'sync',
    doc: 'Makes an SSH key and answers its private half, once.',
    roles: everyone,
    access: makes('sshkeypair'),
    event: 'SSH.KEYPAIR.CREATE',
    params: { name: string().required().doc('its name'), ...owner },
    response: createdKeyPair,
  }),
  registerSSHKeyPair: command({
    kind: 'sync',
    doc: 'Registers the public half of an SSH key.',
    roles: everyone,
    access: makes('sshkeypair'),
    event: 'REGISTER.SSH.KEYPAIR',
    params: {
      name: string().required().doc('its name'),
      publickey: text().required().range(1, 16_384).doc('its public half, one line'),
      ...owner,
    },
    response: registeredKeyPair,
  }),
  listSSHKeyPairs: command({
    kind: 'list',
    doc: 'Lists SSH keys.',
    roles: everyone,
    access: shows('sshkeypair'),
    params: {
      ...paging,
      ...ownership,
      id: uuid('sshkeypair').doc('one key'),
      name: string().doc('by name'),
      fingerprint: string().doc('by fingerprint'),
    },
    response: sshKeyPair,
  }),
  deleteSSHKeyPair: command({
    kind: 'sync',
    doc: 'Deletes an SSH key. Guests that have it keep it.',
    roles: everyone,
    access: takesAway('sshkeypair'),
    event: 'SSH.KEYPAIR.DELETE',
    params: { name: string().required().doc('its name'), ...owner },
    response: success,
  }),
} as const;
