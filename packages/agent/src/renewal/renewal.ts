import type { X509Certificate } from 'node:crypto';
import { type Method, type ParamsOf, Peer, type ResultOf, serverMethods } from '@virtstack/protocol';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { openSocket } from '../uplink.ts';
import { isDue, isExpired, type OwnCertificate, type Sign } from './own-certificate.ts';

/** Asks the server, on the connection of now. */
export type AskServer = <M extends Method<z.ZodType, z.ZodType>>(method: M, params: ParamsOf<M>) => Promise<ResultOf<M>>;

export type RenewalOptions = {
  readonly own: OwnCertificate;
  /** `wss://HOST:PORT/agent` */
  readonly server: string;
  /** What else on the host shows the certificate takes the new one up; answers what is the matter. */
  readonly takeUp: () => Promise<string | undefined>;
  readonly log: Logger;
};

const ANSWER_MS = 30_000;
/** The agent goes on, whatever becomes of libvirt. */
const TAKE_UP_MS = 120_000;

/** Sees to it that the host's certificate does not end, and that an end is not for ever. */
export class Renewal {
  readonly #options: RenewalOptions;
  #taking: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  /** Looks whether its time has come. What fails is tried again at the next look. */
  async look(ask: AskServer): Promise<void> {
    try {
      if (isDue(await this.#options.own.now())) await this.renew(ask, false);
      else await this.#takeUp();
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'the certificate is not renewed');
    }
  }

  /** @throws {PeerError} the server's refusal */
  async renew(ask: AskServer, asked: boolean): Promise<X509Certificate> {
    const renewed = await this.#options.own.renew(async (csr) => (await ask(serverMethods.renew, { csr, asked })).certificate);
    const trouble = await this.#takenUp(renewed);
    await ask(serverMethods.renewed, { serial: renewed.serialNumber.toLowerCase(), ...(trouble !== undefined && { trouble }) });
    return renewed;
  }

  /** Renews a certificate that has ended, in this host's opinion or in the server's: `certainly`. Needs nothing but the network. */
  async revive(signal: AbortSignal, certainly: boolean): Promise<void> {
    const { own, log } = this.#options;
    const before = await own.now();
    if (!certainly && !isExpired(before)) return;
    log.warn({ ended: before.validTo }, 'the certificate has expired; the server is asked for a new one');
    await this.#takenUp(await own.renew((csr) => this.#signExpired(csr, signal)));
  }

  async #takenUp(renewed: X509Certificate): Promise<string | undefined> {
    this.#options.log.info({ until: renewed.validTo, serial: renewed.serialNumber }, 'the host has a new certificate');
    return this.#takeUp();
  }

  /** What was no quiet moment the last time may be one now. */
  #takeUp(): Promise<string | undefined> {
    // One after another: the second finds it done.
    this.#taking = this.#taking.then(async () => {
      const late = new Promise<string>((resolve) =>
        setTimeout(resolve, TAKE_UP_MS, 'its libvirt did not take it up in time.').unref(),
      );
      const trouble = await Promise.race([this.#options.takeUp(), late]);
      if (trouble !== undefined) this.#options.log.error(trouble);
      return trouble;
    });
    return this.#taking;
  }

  async #signExpired(csr: string, signal: AbortSignal): ReturnType<Sign> {
    const { own, server } = this.#options;
    const socket = await openSocket(new URL('/renewal', server).href, await own.tls(), signal);
    try {
      const peer = new Peer(socket);
      peer.listen();
      return (await peer.call(serverMethods.renew, { csr, asked: false }, { signal, timeoutMs: ANSWER_MS })).certificate;
    } finally {
      socket.terminate();
    }
  }
}
