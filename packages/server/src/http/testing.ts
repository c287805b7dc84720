import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type AnyCommand, type CommandName, commands, isCommandName } from '@virtstack/contract';
import { wrongIn } from '@virtstack/contract/testing/answer-types.ts';
import pino from 'pino';
import { withDatabase } from '../db/testing.ts';
import { type RunningServer, type ServerOptions, startServer } from '../main.ts';

/** A whole server with its own database, for tests; it ends with the test file. */
export type TestServer = RunningServer & {
  readonly databaseUrl: string;
  /** Every line that it logged. */
  readonly logged: readonly string[];
  /** Signed by the first administrator; the object inside the envelope. */
  call(command: string, values?: Values): Promise<Content>;
  job(command: string, values?: Values): Promise<Job>;
};
/** As much of a server as its callers need: it may run in another process. */
export type ReachedServer = Pick<RunningServer, 'address' | 'authority'>;
export type Values = Readonly<Record<string, string | number | boolean>>;
/** What stands in an envelope, as far as every test knows it. */
export type Content = {
  readonly [name: string]: unknown;
  readonly errorcode?: number;
  readonly errortext?: string;
  readonly count?: number;
  readonly id?: string;
  readonly jobid?: string;
};
export type Job = Content & { readonly jobstatus: number; readonly jobresult: Readonly<Record<string, Content>> & Content };
export type Keys = { readonly apikey: string; readonly secretkey: string };
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
};

const started: { close(): Promise<void>; dir: string }[] = [];
after(async () => {
  for (const { close, dir } of started) {
    await close();
    await rm(dir, { recursive: true, force: true });
  }
});

export async function withServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const { url: databaseUrl } = await withDatabase();
  const dir = await mkdtemp(join(tmpdir(), 'server-'));
  const logged: string[] = [];
  const any = { host: '127.0.0.1', port: 0 };
  const server = await startServer({
    databaseUrl,
    dataDir: dir,
    listen: any,
    agentListen: any,
    hypervisors: [{ type: 'KVM', macPrefix: '52:54:00' }],
    log: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
    adminPassword: 'first-password',
    ...options,
  });
  started.push({ close: server.close, dir });
  const call = (command: string, values: Values = {}): Promise<Content> => callAs(server, server.firstAdmin!, command, values);
  return {
    ...server,
    databaseUrl,
    logged,
    call,
    job: (command, values = {}) => jobAs(server, server.firstAdmin!, command, values),
  };
}

/** A request over the real port, its certificate checked against the authority's. */
export function send(server: ReachedServer, path: string, options: Sending = {}): Promise<HttpAnswer> {
  const { method = options.form === undefined ? 'GET' : 'POST', form, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const { host, port } = server.address;
    const sent = request({
      host,
      port,
      path,
      method,
      ca: server.authority,
      headers: { ...(form !== undefined && formHeaders(form)), ...headers },
    });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({ status: answer.statusCode!, headers: answer.headers, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.end(form);
  });
}
type Sending = { readonly method?: string; readonly form?: string; readonly headers?: Record<string, string> };
const formHeaders = (form: string) => ({
  'content-type': 'application/x-www-form-urlencoded',
  'content-length': String(Buffer.byteLength(form)),
});

/** The reference's signature: names sorted, values encoded as Java does, all in lower case. */
export function signedQuery(command: string, values: Values, keys: Keys): string {
  const all = { response: 'json', ...values, command, apikey: keys.apikey };
  const encode = (value: string): string =>
    encodeURIComponent(value).replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const pairs = Object.entries(all).map(([name, value]) => `${name}=${encode(String(value))}`);
  const text = pairs.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).join('&');
  const signature = createHmac('sha1', keys.secretkey).update(text.toLowerCase()).digest('base64');
  return `${pairs.join('&')}&signature=${encodeURIComponent(signature)}`;
}

/** Signed by somebody; the object inside the envelope. Whatever is answered in any test has the form on which clients rely. */
export async function callAs(server: ReachedServer, keys: Keys, command: string, values: Values = {}): Promise<Content> {
  const { status, text } = await send(server, '/client/api', { form: signedQuery(command, values, keys) });
  const reply = JSON.parse(text) as Record<string, Content>;
  const wrong = status === 200 && isCommandName(command) ? wrongIn(command, reply) : [];
  if (wrong.length > 0) throw new Error(`${command} answers what strict clients do not read: ${wrong.join('; ')}`);
  return Object.values(reply)[0]!;
}

/** Calls an asynchronous command and waits until its job has ended; answers the job. */
export async function jobAs(server: ReachedServer, keys: Keys, command: string, values: Values = {}): Promise<Job> {
  const { jobid, ...refusal } = await callAs(server, keys, command, values);
  if (!jobid) throw new Error(`${command}: ${refusal.errorcode} ${refusal.errortext}`);
  for (;;) {
    const job = (await callAs(server, keys, 'queryAsyncJobResult', { jobid })) as Job;
    if (job.jobstatus !== 0) return job;
    await wait(15);
  }
}

/** The object that an answer, or a job's result, holds. @throws {Error} it is a refusal. */
export function objectIn<T>(command: CommandName, content: Content): T {
  const { answersList, response }: AnyCommand = commands[command];
  const value = response.flat ? accepted(command, content) : accepted(command, content)[response.key];
  return (answersList ? (value as readonly T[])[0] : value) as T;
}

/** The items of a list's answer. @throws {Error} it is a refusal. */
export function itemsIn<T>(command: CommandName, content: Content): readonly T[] {
  const { listKey, response }: AnyCommand = commands[command];
  return (accepted(command, content)[listKey ?? response.key] ?? []) as readonly T[];
}

function accepted(command: CommandName, content: Content): Content {
  if (content.errortext !== undefined) throw new Error(`${command}: ${content.errorcode} ${content.errortext}`);
  return content;
}

/** Why a command was refused. @throws {Error} it was not. */
export function refusalIn(command: CommandName, content: Content): { readonly code: number; readonly text: string } {
  const { errorcode, errortext } = content;
  if (errorcode === undefined || errortext === undefined)
    throw new Error(`${command} was not refused: ${JSON.stringify(content)}`);
  return { code: errorcode, text: errortext };
}
