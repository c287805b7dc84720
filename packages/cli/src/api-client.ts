import { createHmac, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { CommandName, ResponseOf } from '@virtstack/contract';
import { UserError } from '@virtstack/shell/user-error.ts';

export type Admin = {
  readonly url: string;
  readonly api: string;
  readonly username: string;
  readonly password: string;
  readonly apikey: string;
  readonly secretkey: string;
  /** PEM file: what to trust (the cloud's own authority, then the certificate that the admin gave, if he did). */
  readonly cacertificate: string;
};

type Values = Readonly<Record<string, string | number | boolean | undefined>>;
type Body = Record<string, Record<string, unknown>>;

/** A client of the API, as anybody could write one: signed requests over verified TLS. */
export class ApiClient {
  readonly #admin: Admin;
  /** The certificate of the cloud's own authority, PEM. */
  readonly authority: string;
  readonly #trusted: readonly string[];

  constructor(admin: Admin) {
    this.#admin = admin;
    this.#trusted =
      readFileSync(admin.cacertificate, 'utf8').match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/g) ?? [];
    this.authority = this.#trusted[0] ?? '';
  }

  /** What is inside the answer's envelope. @throws {UserError} the API refused, in its words. */
  async call(command: CommandName, values: Values = {}): Promise<Record<string, unknown>> {
    const body = JSON.parse(await this.#post(signed(command, values, this.#admin))) as Body;
    const answer = Object.values(body)[0] ?? {};
    if (typeof answer.errorcode === 'number') throw new UserError(`${command}: ${String(answer.errortext)}`);
    return answer;
  }

  /** The items of a list. */
  async list<N extends CommandName>(command: N, values: Values = {}): Promise<ResponseOf<N>[]> {
    const answer = await this.call(command, values);
    return (Object.values(answer).find(Array.isArray) ?? []) as ResponseOf<N>[];
  }

  /** The object that a synchronous command answers. */
  async one<N extends CommandName>(command: N, values: Values = {}): Promise<ResponseOf<N>> {
    const answer = await this.call(command, values);
    const value = Object.values(answer).find((entry) => typeof entry === 'object');
    return (Array.isArray(value) ? value[0] : (value ?? answer)) as ResponseOf<N>;
  }

  /** Calls an asynchronous command and waits for its job; answers the object of its result. @throws {UserError} the job failed, in its words. */
  async job<N extends CommandName>(
    command: N,
    values: Values = {},
    { timeoutMs = 300_000, pollMs = 50 } = {},
  ): Promise<ResponseOf<N>> {
    const { jobid } = (await this.call(command, values)) as { jobid: string };
    const end = performance.now() + timeoutMs;
    while (performance.now() < end) {
      const job = (await this.call('queryAsyncJobResult', { jobid })) as {
        jobstatus: number;
        jobresult?: Record<string, unknown>;
      };
      if (job.jobstatus === 2) throw new UserError(`${command}: ${String(job.jobresult?.errortext)}`);
      if (job.jobstatus === 1)
        return (Object.values(job.jobresult ?? {}).find((entry) => typeof entry === 'object') ?? job.jobresult) as ResponseOf<N>;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new UserError(`${command}: the job ${jobid} was not done within ${timeoutMs / 1000} s.`);
  }

  #knows({ fingerprint256 }: PeerCertificate): boolean {
    return this.#trusted.slice(1).some((pem) => new X509Certificate(pem).fingerprint256 === fingerprint256);
  }

  #post(form: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const call = request(this.#admin.api, {
        method: 'POST',
        ca: [...this.#trusted],
        // A certificate that an admin gave the server stands for itself, whatever name it bears.
        allowPartialTrustChain: true,
        checkServerIdentity: (host, certificate) =>
          this.#knows(certificate) ? undefined : checkServerIdentity(host, certificate),
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(form) },
      });
      call.on('error', reject);
      call.on('response', (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(Buffer.concat(chunks).toString()));
        answer.on('error', reject);
      });
      call.end(form);
    });
  }
}

const encode = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The signed form of a call (CloudStack's signature: HMAC-SHA1 of the sorted, lower-cased query). */
export function signed(command: string, values: Values, keys: Pick<Admin, 'apikey' | 'secretkey'>): string {
  const entries = Object.entries({ ...values, command, response: 'json', apikey: keys.apikey })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encode(String(value))}`)
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const signature = createHmac('sha1', keys.secretkey).update(entries.join('&').toLowerCase()).digest('base64');
  return `${entries.join('&')}&signature=${encode(signature)}`;
}
