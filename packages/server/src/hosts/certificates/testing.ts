import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { type Method, type ParamsOf, Peer, type ResultOf, serverMethods } from '@virtstack/protocol';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import type { RunningServer } from '../../main.ts';

export type Shown = { readonly certificate: string; readonly key: string };
type Server = Pick<RunningServer, 'cloud' | 'agentAddress' | 'authority'>;

const day = 86_400_000;
export const daysAgo = (days: number): Date => new Date(Date.now() - days * day);

/** A certificate of the cloud's for a host; good for ten days, from then on. */
export const certificateFor = (server: Pick<Server, 'cloud'>, guid: string, from: Date): Promise<Shown> =>
  server.cloud.authority.issue({ commonName: guid, names: [], addresses: [], days: 10, from });

/** A request for a certificate with a key that nobody keeps. */
export async function someRequest(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=whoever', keys, signingAlgorithm: algorithm });
  return made.toString('pem');
}

/** What the agents' port says to an upgrade: `open`, the status with which it refused, or `cut` where it did not even listen. */
export async function knock(server: Server, path: string, shows: Shown): Promise<string> {
  const socket = socketTo(server, path, shows);
  try {
    return await new Promise<string>((resolve) => {
      socket.once('open', () => resolve('open'));
      socket.once('error', ({ message }) => resolve(/response: (\d+)/.exec(message)?.[1] ?? 'cut'));
    });
  } finally {
    socket.terminate();
  }
}

/** Asks for a new certificate at the place for expired ones. */
export const renewWith = async (server: Server, shows: Shown): Promise<X509Certificate> => {
  const { certificate } = await askAt(server, '/renewal', shows, serverMethods.renew, { csr: await someRequest(), asked: false });
  return new X509Certificate(certificate);
};

/** One question on a connection of its own. */
export async function askAt<M extends Method<z.ZodType, z.ZodType>>(
  server: Server,
  path: string,
  shows: Shown,
  method: M,
  params: ParamsOf<M>,
): Promise<ResultOf<M>> {
  const socket = socketTo(server, path, shows);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const peer = new Peer(socket);
  peer.listen();
  try {
    return await peer.call(method, params, { timeoutMs: 10_000 });
  } finally {
    socket.terminate();
  }
}

/** The status of a GET; `cut` where the connection was ended. */
export const get = ({ agentAddress: { port }, authority }: Server, path: string, shows: Shown): Promise<number | 'cut'> =>
  new Promise((resolve) => {
    request({ host: '127.0.0.1', port, path, cert: shows.certificate, key: shows.key, ca: authority, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    })
      .on('error', () => resolve('cut'))
      .end();
  });

const socketTo = ({ agentAddress, authority }: Server, path: string, { certificate, key }: Shown): WebSocket =>
  new WebSocket(`wss://127.0.0.1:${agentAddress.port}${path}`, { cert: certificate, key, ca: authority });
