import { admins, command, everyone, installation, integer, is, response, string, text } from '../language.ts';

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
