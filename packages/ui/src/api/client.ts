import type { AnyCommand, CommandName } from '@virtstack/contract';
import { commands } from '@virtstack/contract/commands.ts';
import { markReachable } from './connection.ts';
import { encode } from './encode.ts';
import { ApiError, ServerLost } from './error.ts';
import { demandOf } from './needs.ts';
import { demand, session } from './session.ts';
import type { CallParams, Reply } from './types.ts';

const endpoint = '/client/api/';
const isRead = (name: string): boolean => /^(list|get|query|find)/.test(name);

const request = async (name: string, form: URLSearchParams, signal?: AbortSignal): Promise<Response> => {
  const init: RequestInit = isRead(name) ? {} : { method: 'POST', body: form };
  if (signal) init.signal = signal;
  try {
    const reply = await fetch(isRead(name) ? `${endpoint}?${form}` : endpoint, init);
    markReachable(true);
    return reply;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    markReachable(false);
    throw new ServerLost('The server does not answer.', { cause });
  }
};

type Json = Record<string, unknown>;
const envelope = async (reply: Response): Promise<Json> => {
  const text = await reply.text();
  try {
    return (Object.values(JSON.parse(text) as Json)[0] ?? {}) as Json;
  } catch {
    return { errortext: `${reply.status} ${reply.statusText}` }; // not the API: a proxy's page
  }
};

const shape = (declared: AnyCommand, inner: Json): unknown => {
  const key = declared.listKey ?? declared.response.key;
  if (declared.kind === 'list') return { count: inner.count ?? 0, items: inner[key] ?? [] };
  return inner[declared.response.key] ?? inner;
};

/** Runs a command of the API. Throws ApiError with the server's words, or ServerLost. */
export const call = async <N extends CommandName>(name: N, params: CallParams<N>, signal?: AbortSignal): Promise<Reply<N>> => {
  const sessionkey = session.get()?.sessionkey;
  const form = encode({ command: name, ...params, response: 'json', sessionkey });
  const reply = await request(name, form, signal);
  const inner = await envelope(reply);
  if (reply.ok && inner.errortext === undefined) return shape(commands[name], inner) as Reply<N>;
  const refusal = new ApiError(reply.status, String(inner.errortext ?? reply.statusText));
  const demanded = demandOf(name, refusal);
  if (demanded) demand(demanded, sessionkey);
  throw refusal;
};
