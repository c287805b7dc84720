import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { AgentConfig } from '../config.ts';
import { type ServerTls, serverTls } from '../server-tls.ts';
import { certificateRequest, newKey } from '../setup/request.ts';
import { readIfThere, writeAtomically } from '../system/files.ts';

/** Has the server sign a request; both are PEM. */
export type Sign = (csr: string) => Promise<string>;
type Files = Pick<AgentConfig, 'ca' | 'certificate' | 'key' | 'guid'>;

const pair = z.object({ key: z.string(), certificate: z.string() });
type Pair = z.infer<typeof pair>;

/** The host's certificate and its key, which are replaced together: whoever reads them has both of before, or both of after. */
export class OwnCertificate {
  readonly #files: Files;
  #placing: Promise<void> = Promise.resolve();
  #renewing: Promise<X509Certificate> | undefined;

  private constructor(files: Files) {
    this.#files = files;
  }

  /** Ends first what a replacement that was cut off had begun. */
  static async open(files: Files): Promise<OwnCertificate> {
    const begun = await readIfThere(pendingFile(files));
    if (begun !== undefined) await place(files, pair.parse(JSON.parse(begun)));
    return new OwnCertificate(files);
  }

  /** Read anew for each connection. */
  async tls(): Promise<ServerTls> {
    await this.#placing;
    return serverTls(this.#files);
  }

  async now(): Promise<X509Certificate> {
    await this.#placing;
    return new X509Certificate(await readFile(this.#files.certificate));
  }

  /** Makes a new key, has it certified and puts both in place; who asks meanwhile gets the same. @throws {Error} what came is not for this host. */
  renew(sign: Sign): Promise<X509Certificate> {
    this.#renewing ??= this.#renew(sign).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(sign: Sign): Promise<X509Certificate> {
    const key = newKey();
    const certificate = await sign(certificateRequest(this.#files.guid, key));
    const renewed = await this.#checked({ key, certificate });
    const placed = writeAtomically(pendingFile(this.#files), JSON.stringify({ key, certificate })).then(() =>
      place(this.#files, { key, certificate }),
    );
    this.#placing = placed.catch(() => {});
    await placed;
    return renewed;
  }

  async #checked({ key, certificate }: Pair): Promise<X509Certificate> {
    const renewed = new X509Certificate(certificate);
    const authority = new X509Certificate(await readFile(this.#files.ca));
    const ours =
      renewed.checkPrivateKey(createPrivateKey(key)) &&
      renewed.verify(authority.publicKey) &&
      renewed.subject.split('\n').includes(`CN=${this.#files.guid}`);
    if (!ours) throw new Error('The server answered with a certificate that is not for this host, or not of its authority.');
    return renewed;
  }
}

/** Both in one file, until both are in place. */
const pendingFile = ({ key }: Files): string => `${key}.renewed`;

const place = async (files: Files, { key, certificate }: Pair): Promise<void> => {
  await writeAtomically(files.key, key);
  await writeAtomically(files.certificate, certificate);
  await rm(pendingFile(files), { force: true });
};

/** A third of its life is left, or less. */
export const isDue = ({ validFrom, validTo }: X509Certificate, now = Date.now()): boolean => {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return now >= to - (to - from) / 3;
};

export const isExpired = ({ validTo }: X509Certificate, now = Date.now()): boolean => now > Date.parse(validTo);
