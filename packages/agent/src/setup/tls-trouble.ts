import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import { places } from './places.ts';

const LIMIT_MS = 30_000;
/** libvirt has not read the present one yet. */
export const otherCertificate = 'libvirt shows another certificate';
/** What libvirt's server says when it has accepted a client's certificate. */
const ACCEPTED = 1;

/** Why another host of the cloud could not reach this one's libvirt over TLS; undefined when it could. Tried with the host's own certificate. */
export const tlsTrouble = async (port = 16514): Promise<string | undefined> => {
  const [ca, cert, key] = await Promise.all([places.authority, places.certificate, places.key].map((path) => readFile(path)));
  // The name is the host's own affair here: others will ask for the one under which they know it.
  const socket = connect({ host: '127.0.0.1', port, ca, cert, key, checkServerIdentity: () => undefined });
  const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  try {
    const trouble = await greeted(socket);
    const shown = socket.getPeerX509Certificate()?.fingerprint256;
    return trouble ?? (shown === new X509Certificate(cert!).fingerprint256 ? undefined : otherCertificate);
  } catch (error) {
    return (error as Error).message;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
};

const greeted = async (socket: TLSSocket): Promise<string | undefined> => {
  const ended = once(socket, 'close').then(() => {
    throw new Error('libvirt closed the connection: it does not accept the host’s certificate');
  });
  ended.catch(() => {});
  const [first] = (await Promise.race([once(socket, 'data'), ended])) as [Buffer];
  return first[0] === ACCEPTED ? undefined : 'libvirt did not accept the host’s certificate';
};
