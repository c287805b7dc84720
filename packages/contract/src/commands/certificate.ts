import {
  admins,
  boolean,
  changes,
  command,
  everyone,
  installation,
  integer,
  is,
  response,
  string,
  success,
  text,
  uuid,
} from '../language.ts';

const provider = string().doc('who signs: root').unused();

export const certificate = response('certificates', 'CertificateResponse', 'a certificate', {
  certificate: is.string('the certificate, PEM'),
  privatekey: is.string('its private key, PEM; only where no request was given'),
  cacertificates: is.string('the certificates that it is signed by, PEM'),
});
export const caCertificate = response('cacertificates', 'CertificateResponse', 'the certificate of the cloud’s own authority', {
  certificate: is.string('the certificate, PEM'),
});

export const certificateCommands = {
  issueCertificate: command({
    kind: 'async',
    doc: 'Issues a certificate of the cloud’s own authority.',
    roles: admins,
    access: installation,
    event: 'CA.CERTIFICATE.ISSUE',
    params: {
      csr: text().doc('a signing request, PEM; absent: a key is made too'),
      domain: string().doc('names that it is for, separated by commas'),
      ipaddress: string().doc('addresses that it is for, separated by commas'),
      duration: integer().range(1, 3650).doc('days for which it is good'),
      provider,
    },
    response: certificate,
  }),
  revokeCertificate: command({
    kind: 'async',
    doc: 'Makes a certificate of the cloud’s own authority worthless. Whoever is connected with it is cut off.',
    roles: admins,
    access: installation,
    event: 'CA.CERTIFICATE.REVOKE',
    params: {
      serial: string().required().doc('its serial number, hexadecimal'),
      cn: string().doc('whom it names; where given, it must be so'),
      provider,
    },
    response: success,
  }),
  provisionCertificate: command({
    kind: 'async',
    doc: 'Has a host’s agent make a new key, certifies it and puts it in place; the earlier certificate is worthless then.',
    roles: admins,
    access: changes('hostid'),
    event: 'CA.CERTIFICATE.PROVISION',
    params: {
      hostid: uuid('host').required().doc('the host'),
      reconnect: boolean().default(true).doc('its agent connects anew, with the new certificate'),
      provider,
      forced: boolean().unused().doc('nothing but the agent’s own connection is ever used'),
    },
    response: success,
  }),
  listCaCertificate: command({
    kind: 'sync',
    doc: 'Answers the certificate of the cloud’s own authority.',
    roles: everyone,
    access: installation,
    anonymous: true,
    params: { provider },
    response: caCertificate,
  }),
} as const;
