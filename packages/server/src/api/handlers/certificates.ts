import { isIP } from 'node:net';
import { plainSerial, requestedName } from '../../accounts/authority.ts';
import { CloudError } from '../../error.ts';
import { belonging } from '../../hosts/certificates/certificate-of-host.ts';
import type { Handlers } from '../handler.ts';

const defaultDays = 365;
const hostName = /^(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

const words = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

export const certificates = {
  issueCertificate: async (_, { csr, domain, ipaddress, duration }) => {
    const [names, addresses] = [words(domain), words(ipaddress)];
    const wrong = names.find((name) => !hostName.test(name)) ?? addresses.find((address) => isIP(address) === 0);
    if (wrong !== undefined) throw new CloudError('parameter', `${wrong.slice(0, 100)} is neither a host name nor an address.`);
    const commonName = csr === undefined ? names[0] : await requestedName(csr);
    if (commonName === undefined)
      throw new CloudError('parameter', 'Nothing says whom the certificate is for: give a csr, or a domain.');
    const subject = { commonName, ...belonging(commonName), names, addresses, days: duration ?? defaultDays };
    return { saga: 'issue-certificate', state: { ...subject, ...(csr !== undefined && { csr }) } };
  },
  revokeCertificate: async ({ db }, { serial, cn }) => {
    const number = plainSerial(serial);
    const row = await db.selectFrom('certificate').select('subject').where('serial', '=', number).executeTakeFirst();
    if (!row) throw new CloudError('parameter', `No certificate of this cloud has the serial number ${serial.slice(0, 100)}.`);
    if (cn !== undefined && cn !== row.subject)
      throw new CloudError('parameter', `The certificate ${serial} names ${row.subject}, not ${cn.slice(0, 100)}.`);
    return { saga: 'revoke-certificate', state: { serial: number } };
  },
  provisionCertificate: async (_, { hostid, reconnect }) => ({
    saga: 'provision-certificate',
    state: { hostId: hostid, reconnect },
    subject: hostid,
    instance: { type: 'Host', id: hostid },
  }),
  listCaCertificate: async ({ authority }) => ({ certificate: authority.certificate }),
} satisfies Handlers<'issueCertificate' | 'revokeCertificate' | 'provisionCertificate' | 'listCaCertificate'>;
