import { randomUUID } from 'node:crypto';
import { type CommandName, commands, envelopeOf, isCommandName } from '@virtstack/contract';
import type { Login } from '../accounts/login.ts';
import type { CachedSettings } from '../accounts/settings.ts';
import { dispatch, notAvailable } from '../api/dispatch.ts';
import type { Caller } from '../api/handler.ts';
import type { Audit } from '../audit/audit.ts';
import type { AuditedCall } from '../audit/audit-record.ts';
import type { Cloud } from '../cloud.ts';
import { CloudError, isCloudError } from '../error.ts';
import { authenticate } from './authenticate.ts';
import { type Client, clientAlone, clientOf, type Sender } from './client.ts';
import type { Flood } from './flood.ts';
import { type RawParameters, readParameters } from './parameters.ts';
import { errorReply, type Format, type Reply, reply } from './reply.ts';
import { confirmPassword, logIn, logOut, showSecondFactor } from './session-commands.ts';

/** What the API's front needs beside the cloud. */
export type ApiCloud = Cloud & {
  readonly settings: CachedSettings;
  readonly login: Login;
  readonly audit: Audit;
  readonly flood: Flood;
};

/** A request to `/client/api`, still as text. */
export type ApiRequest = {
  readonly method: string;
  readonly query: string;
  readonly form: string;
  readonly cookies: Readonly<Record<string, string>>;
  readonly sender: Sender;
};

type Answer = { readonly content: object; readonly headers?: Reply['headers'] };
/** What is known of a call when it ends, however it ends. */
type Seen = Client & { parameters: RawParameters; name: string; caller?: Caller | undefined };

/** Answers one call. It never throws: what goes wrong is an answer too. */
export async function answerApi(cloud: ApiCloud, request: ApiRequest): Promise<Reply> {
  const began = performance.now();
  const format = formatOf(request);
  const seen = await seenFirst(cloud, request);
  let answer: Answer | undefined;
  let failure: CloudError | undefined;
  try {
    answer = await run(cloud, request, seen);
  } catch (error) {
    failure = isCloudError(error) ? error : unexpected(cloud, error, seen.name);
  }
  const ms = Math.round(performance.now() - began);
  const ended = { ...seen, caller: seen.caller, failure, content: answer?.content, ms };
  if (failure && failure.kind !== 'too-many-requests' && !seen.caller) cloud.flood.refused(seen.address, bytesOf(request));
  log(cloud, request.method, ended);
  await cloud.audit.record(ended);
  const envelope = isCommandName(seen.name) ? envelopeOf(seen.name) : 'errorresponse';
  return failure ? errorReply(format, envelope, failure) : reply(format, 200, envelope, answer!.content, answer!.headers);
}

const bytesOf = ({ query, form }: ApiRequest): number => query.length + form.length;

/** Where the settings cannot be read no proxy is believed. */
async function seenFirst({ settings }: ApiCloud, { sender }: ApiRequest): Promise<Seen> {
  const client = await clientOf(settings, sender).catch(() => clientAlone(sender));
  return { ...client, parameters: new Map(), name: '' };
}

/** Known even where the parameters cannot be read. */
const formatOf = ({ query, form }: ApiRequest): Format =>
  /(^|&)response=json(&|$)/i.test(query) || /(^|&)response=json(&|$)/i.test(form) ? 'json' : 'xml';

async function run(cloud: ApiCloud, request: ApiRequest, seen: Seen): Promise<Answer> {
  cloud.flood.check(seen.address, bytesOf(request));
  const parameters = readParameters(request.query, request.form);
  const name = parameters.get('command')?.value ?? '';
  Object.assign(seen, { parameters, name });
  if (request.method !== 'GET' && request.method !== 'POST')
    throw new CloudError('method', `The API is called by GET or POST, not by ${request.method.slice(0, 20)}.`);
  if (seen.foreignPage && !parameters.has('apikey')) throw foreignPage();
  const { address } = seen;
  if (name === 'login') return withCookies(await logIn(cloud, cloud.login, { method: request.method, address }, parameters));
  if (name === 'logout') {
    seen.caller = await authenticate(cloud, parameters, request.cookies).catch(() => undefined);
    return withCookies(await logOut(cloud, seen.caller, request.cookies, parameters));
  }
  const known = isCommandName(name) ? name : undefined;
  const caller = known && isAnonymous(known) ? nobody : await authenticate(cloud, parameters, request.cookies);
  if (caller !== nobody) {
    seen.caller = caller;
    await cloud.rates.take(caller);
  }
  if (name === '') throw new CloudError('malformed', 'The parameter command is missing: it says what is to be done.');
  if (!known) throw notAvailable(name);
  if (known === 'validateUserTwoFactorAuthenticationCode') return { content: await showSecondFactor(cloud, caller, parameters) };
  const who = known === 'updateUser' ? await confirmPassword(cloud, cloud.login, caller, address, parameters) : caller;
  const sent = [...parameters.values()].map(({ name: key, value }) => [key, value] as const);
  return { content: await dispatch(cloud, { command: known, caller: who, parameters: sent } as Parameters<typeof dispatch>[1]) };
}

/** A browser sends its cookies along with what any page asks for. */
const foreignPage = (): CloudError =>
  new CloudError(
    'unauthorized',
    'A page of another site sent this request: sessions are for this server’s own pages. Programs sign their requests; a proxy in front passes the header Host on.',
  );

const isAnonymous = (name: CommandName): boolean => 'anonymous' in commands[name] && commands[name].anonymous === true;

const nobodysId = '00000000-0000-0000-0000-000000000000';
/** Who calls what may be called without logging in: owns nothing, may do nothing else. */
const nobody: Caller = {
  userId: nobodysId,
  username: '',
  accountId: nobodysId,
  account: '',
  domainId: nobodysId,
  domainPath: '/',
  role: 'User',
  projects: [],
};

const withCookies = ({ content, cookies }: { content: object; cookies: readonly string[] }): Answer => ({
  content,
  headers: { 'set-cookie': [...cookies] },
});

/** A fault of ours: the caller gets a number under which the log has it. */
function unexpected({ log: logger }: Cloud, error: unknown, command: string): CloudError {
  const reference = randomUUID().slice(0, 8);
  logger.error({ err: error, command, reference }, 'unexpected error');
  return new CloudError(
    'internal',
    `Something unexpected went wrong. The server’s log has it under ${reference}; please tell an administrator.`,
  );
}

/** One line for a call: no parameter's value, for any may be secret; of strangers nothing that they wrote. */
function log({ log: logger }: Cloud, method: string, { name, address, failure, caller, ms }: AuditedCall): void {
  const line = {
    command: isCommandName(name) ? name : caller ? name.replace(/[^\w.-]/g, '?').slice(0, 60) : '(unknown)',
    method: methods.includes(method) ? method : '(unknown)',
    address,
    ms,
    ...(caller && { user: caller.username, account: caller.account }),
    ...(failure && { error: failure.kind, detail: failure.detail }),
  };
  if (failure && failure.kind !== 'internal')
    logger.info(line, caller && failure.kind !== 'account' ? failure.message.slice(0, 300) : 'refused');
  else logger.debug(line, 'called');
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
