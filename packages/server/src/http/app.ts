import { existsSync } from 'node:fs';
import type { Server } from 'node:https';
import cookie from '@fastify/cookie';
import files from '@fastify/static';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { CloudError } from '../error.ts';
import { type ApiCloud, answerApi } from './api.ts';
import { errorReply } from './reply.ts';

export type AppOptions = {
  readonly cloud: ApiCloud;
  readonly server: Server;
  /** The built web UI; absent: there is none. */
  readonly uiDir?: string | undefined;
  /** Tell browsers to come by TLS for a year; only where the certificate is one that they trust. */
  readonly strictTransport: boolean;
};

const bodyLimit = 2 * 1024 * 1024;
const form = 'application/x-www-form-urlencoded';

/** The HTTP face: the API, the web UI, and nothing else. */
export async function makeApp({ cloud, server, uiDir, strictTransport }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    serverFactory: (handler) => server.on('request', handler),
    bodyLimit,
    exposeHeadRoutes: false,
    routerOptions: { querystringParser: () => ({}) },
    logger: false,
    frameworkErrors: (_, request, reply) =>
      void sendApiError(request, reply, new CloudError('malformed', 'The address of the request cannot be read.')),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(form, { parseAs: 'string' }, (_, body, done) => done(null, body));
  // Whatever else is sent is read, so that the connection goes on, and counts as no parameters.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_, __, done) => done(null, ''));
  await app.register(cookie);
  // Simple clients send a form without saying so.
  app.addHook('onRequest', async ({ headers }) => {
    headers['content-type'] ??= form;
  });
  app.addHook('onSend', async (_, reply) => void reply.headers(securityHeaders(strictTransport)));
  app.setErrorHandler((error, request, reply) => sendApiError(request, reply, asCloudError(cloud, error)));
  addApi(app, cloud);
  app.get('/', (_, reply) => reply.redirect('/client/'));
  app.get('/client', (_, reply) => reply.redirect('/client/'));
  app.get('/client/health', (_, reply) => reply.type('application/json').send('{"status":"ok"}\n'));
  if (uiDir && existsSync(uiDir)) await addUi(app, uiDir);
  else app.setNotFoundHandler((_, reply) => reply.code(404).type('text/plain').send('Not found. The API is at /client/api.\n'));
  await app.ready();
  return app;
}

/** Every address below /client/api is the API: a 404 there sends CloudStack's UI astray. */
function addApi(app: FastifyInstance, cloud: ApiCloud): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const answered = await answerApi(cloud, {
      method: request.method,
      query: queryOf(request),
      form: typeof request.body === 'string' ? request.body : '',
      cookies: request.cookies as Record<string, string>,
      sender: { peer: request.socket.remoteAddress ?? '', headers: request.headers },
    });
    return reply.code(answered.status).headers(answered.headers).header('cache-control', 'no-store').send(answered.body);
  };
  for (const url of ['/client/api', '/client/api/', '/client/api/*']) app.all(url, answer);
}

const queryOf = ({ url }: FastifyRequest): string => {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
};

/** The page answers for every address that is no file: what it shows is in the address. */
async function addUi(app: FastifyInstance, uiDir: string): Promise<void> {
  await app.register(files, {
    root: uiDir,
    prefix: '/client/',
    index: ['index.html'],
    preCompressed: true, // the UI's build leaves a .gz beside each file
    // Names of built files contain their hash; the page itself does not.
    setHeaders: (reply, path) =>
      reply.header('cache-control', path.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable'),
  });
  app.setNotFoundHandler((request, reply) => {
    const page =
      request.method === 'GET' && request.url.startsWith('/client/') && !/\.\w{1,5}$/.test(request.url.split('?', 1)[0] ?? '');
    if (page) return reply.sendFile('index.html');
    return reply.code(404).type('text/plain').send('Not found.\n');
  });
}

const contentPolicy = [
  "default-src 'self'",
  // The widgets and the terminal set styles of their own.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders = (strictTransport: boolean): Record<string, string> => ({
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // A console's address carries its ticket.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  ...(strictTransport && { 'strict-transport-security': 'max-age=31536000' }),
});

function asCloudError(cloud: ApiCloud, error: unknown): CloudError {
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new CloudError('malformed', `The request is larger than ${bodyLimit / 1024 / 1024} MiB.`);
  if (statusCode !== undefined && statusCode < 500)
    return new CloudError('malformed', 'The request cannot be read.', { cause: error });
  cloud.log.error({ err: error }, 'unexpected error before the API');
  return new CloudError('internal', 'Something unexpected went wrong. The server’s log has it.');
}

function sendApiError(request: FastifyRequest, reply: FastifyReply, error: CloudError): FastifyReply {
  const answered = errorReply(/response=json/i.test(request.url) ? 'json' : 'xml', 'errorresponse', error);
  return reply.code(answered.status).headers(answered.headers).send(answered.body);
}
