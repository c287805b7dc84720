import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { PeerError } from '@virtstack/protocol';
import type { Limits } from './limits.ts';
import { refuse } from './refuse.ts';
import { type Address, resolveHost } from './resolve.ts';

export type FetchOptions = {
  /** Which internal addresses may be asked all the same. */
  readonly isAllowed: (address: string) => boolean;
  readonly limits: Limits;
  readonly signal: AbortSignal;
};

/**
 * The answer to a GET, its body unread; redirects are followed, each target checked anew.
 * @throws {PeerError} naming the cause: `url`, `address`, `connect`, `http`, `redirect`.
 */
export const fetchImage = async (text: string, options: FetchOptions): Promise<IncomingMessage> => {
  let url = parseUrl(text);
  for (let redirects = 0; ; redirects++) {
    const response = await get(url, await resolveHost(url, options.isAllowed), options);
    const { statusCode = 0, statusMessage = '', headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      response.destroy();
      if (redirects >= options.limits.redirects)
        refuse('redirect', `${shown(url)} redirects more than ${options.limits.redirects} times. Use the image's own URL.`);
      url = parseUrl(headers.location, url);
      continue;
    }
    if (statusCode === 200) return response;
    response.destroy();
    return refuse('http', `${shown(url)} answered ${`${statusCode} ${statusMessage}`.trim()}. ${httpAdvice(statusCode)}`);
  }
};

const httpAdvice = (status: number): string => {
  if (status === 404 || status === 410) return 'There is no such file: check the path of the URL.';
  if (status === 401 || status === 403) return 'The server wants a log-in: use a URL that anybody may read.';
  if (status >= 500) return 'The server has a problem: try again later.';
  return 'Use a URL that answers with the image itself.';
};

const parseUrl = (text: string, base?: URL): URL => {
  const url = URL.canParse(text, base)
    ? new URL(text, base)
    : refuse('url', `"${text.slice(0, 200)}" is no URL. Give one that begins with http:// or https://.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    refuse(
      'url',
      `${base ? `${shown(base)} redirects to ${url.protocol}//, which` : `${url.protocol}//`} is not fetched: only http:// and https:// are.`,
    );
  return url;
};

/** Without what may be secret: user, password, query. */
export const shown = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;

const get = (url: URL, addresses: readonly Address[], { limits, signal }: FetchOptions): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    // The look-up was done and judged; the connection must not do its own.
    const lookup: LookupFunction = (_host, options, callback) =>
      options.all ? callback(null, [...addresses]) : callback(null, addresses[0]!.address, addresses[0]!.family);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, {
      lookup,
      agent: false,
      signal,
      headers: { 'user-agent': 'virtstack', accept: '*/*', 'accept-encoding': 'identity' },
    });
    const at = addresses.map(({ address }) => address).join(', ');
    let answered: IncomingMessage | undefined;
    const give = (kind: string, message: string): void => {
      (answered ?? request).destroy(new PeerError(kind, message));
    };
    const connecting = setTimeout(
      () =>
        give(
          'connect',
          `${url.host} (${at}) took no connection within ${limits.connectMs / 1000} s. Check the host and the port, and that this installation may reach it.`,
        ),
      limits.connectMs,
    );
    const connected = (): void => clearTimeout(connecting);
    request.once('socket', (socket) => socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected));
    request.setTimeout(limits.idleMs, () =>
      give('connect', `${url.host} said nothing for ${limits.idleMs / 1000} s. Try again later.`),
    );
    request.once('response', (response) => {
      connected();
      answered = response;
      resolve(response);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      connected();
      if (error instanceof PeerError || signal.aborted) return reject(signal.aborted ? signal.reason : error);
      reject(
        new PeerError(
          'connect',
          `No connection to ${url.host} (${at}): ${error.message}. Check the host and the port.`,
          error.stack,
        ),
      );
    });
    request.end();
  });
