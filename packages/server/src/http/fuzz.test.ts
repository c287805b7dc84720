import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { before, test } from 'node:test';
import { connect } from 'node:tls';
import { type AnyCommand, type CommandName, commands, type Entity, type ParameterSpec } from '@virtstack/contract';
import fc from 'fast-check';
import { makePerson } from '../accounts/testing.ts';
import { handlers } from '../api/registry.ts';
import { send, signedQuery, type TestServer, withServer } from './testing.ts';

let server: TestServer;
before(async () => {
  server = await withServer();
});
/** Never a fault of ours: 530 is one, and so is no answer. */
const allowed = (status: number): boolean => status < 500 || (status > 530 && status < 540);

test('no text as a query or a form is a fault of ours', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'command=listZones',
      'response=json',
      'apikey=x',
      'signature=%',
      '%00',
      '%zz',
      '&&&',
      '===',
      '[0].',
      'details[0].key=',
      '\u{d800}',
      '%ff%fe',
    ),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('&'));
  await fc.assert(
    fc.asyncProperty(text, async (raw) => {
      const query = encodeURI(raw.toWellFormed()).replace(/#/g, '%23');
      const answers = [await send(server, `/client/api?${query}`), await send(server, '/client/api', { form: raw })];
      for (const { status } of answers) assert.ok(allowed(status), `${status} for ${raw}`);
    }),
    { numRuns: 60 },
  );
});

test('no values of a command’s parameters are a fault of ours', async () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.toWellFormed()),
    fc.constantFrom(
      '',
      '-1',
      '0',
      '99999999999999999999',
      'true',
      "'; drop table users; --",
      '%',
      '\\',
      '../../etc/passwd',
      '11111111-2222-4333-8444-555555555555',
      '2026-02-31',
      'NaN',
      '\ufffd',
    ),
    fc.constant('x'.repeat(70_000)),
  );
  const served = Object.keys(handlers) as CommandName[];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...served),
      fc.array(hostile, { minLength: 12, maxLength: 12 }),
      fc.nat(3),
      async (name, values, skip) => {
        const params = Object.keys(commands[name].params).filter((_, i) => i % (skip + 1) === 0);
        const given = Object.fromEntries(params.map((param, i) => [param, values[i % values.length]!]));
        const { status, text } = await send(server, '/client/api', { form: signedQuery(name, given, server.firstAdmin!) });
        assert.ok(allowed(status), `${name}: ${text.slice(0, 300)} ${JSON.stringify(given).slice(0, 500)}`);
      },
    ),
    { numRuns: 400 },
  );
});

const existing: Partial<Record<Entity, () => Promise<string>>> = {
  zone: async () =>
    String(
      (
        (await server.call('createZone', {
          name: `z${++made}`,
          networktype: 'Advanced',
          dns1: '9.9.9.9',
          internaldns1: '9.9.9.9',
        })) as { zone: { id: string } }
      ).zone.id,
    ),
  user: async () => (await makePerson(server.cloud.db, server.cloud.secrets, `u${++made}`)).userId,
};
let made = 0;

/** Right values for what a command needs, so that a wrong one beside them gets as far as it can. */
async function rightValues(name: CommandName): Promise<Record<string, string>> {
  const needed = Object.entries((commands[name] as AnyCommand).params).filter(([, { spec }]) => spec.required);
  const value = async ({ kind, oneOf, entity, min }: ParameterSpec): Promise<string> => {
    if (oneOf) return oneOf[0]!;
    if (entity) return (await existing[entity]?.()) ?? '11111111-2222-4333-8444-555555555555';
    return kind === 'integer' || kind === 'long' ? String(Math.max(min ?? 1, 1)) : `x${++made}`;
  };
  return Object.fromEntries(await Promise.all(needed.map(async ([param, { spec }]) => [param, await value(spec)] as const)));
}

test('one hostile value among right ones is no fault of ours either', async () => {
  for (const name of Object.keys(handlers) as CommandName[]) {
    const right = await rightValues(name);
    for (const param of Object.keys(commands[name].params))
      for (const value of ["o'x%_\\", '2147483647', '\u{1f600}']) {
        const { status, text } = await send(server, '/client/api', {
          form: signedQuery(name, { ...right, [param]: value }, server.firstAdmin!),
        });
        assert.ok(allowed(status), `${name} ${param}=${value}: ${text.slice(0, 300)}`);
      }
  }
});

test('too much of anything is refused', async () => {
  const many = Array.from({ length: 2001 }, (_, i) => `a${i}=1`).join('&');
  const { status, text } = await send(server, '/client/api?response=json', { form: many });
  assert.equal(status, 430);
  assert.match(text, /more than 2000 parameters/);
  const large = await send(server, '/client/api?response=json', { form: `a=${'x'.repeat(2 * 1024 * 1024)}` });
  assert.equal(large.status, 430);
  assert.match(large.text, /larger than 2 MiB/);
});

test('bodies of other types count as no parameters, and none is a fault of ours', async () => {
  for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/xml'])
    assert.equal(
      (await send(server, '/client/api?command=listZones', { form: '{"command":"x"}', headers: { 'content-type': type } }))
        .status,
      401,
      type,
    );
  for (const type of ['nonsense', ''])
    assert.equal((await send(server, '/client/api', { form: 'x', headers: { 'content-type': type } })).status, 430);
  const bare = 'POST /client/api HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 23\r\n\r\ncommand=x&response=json';
  assert.match(await raw(bare, true), /"errorresponse"/);
});

/** Writes bytes and answers all that comes back until the other side closes. */
function raw(bytes: string | Buffer, tls: boolean, close = false): Promise<string> {
  const { host, port } = server.address;
  return new Promise((resolve, reject) => {
    const socket = tls ? connect({ host, port, ca: server.authority }) : connectPlain({ host, port });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve('') : reject(error)));
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()));
    if (close) socket.end(bytes);
    else socket.write(bytes);
  });
}

test('what is no HTTP is closed, and the server answers on', async () => {
  assert.match(await raw('GET /client/api HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n', true), /^HTTP\/1\.1 400/);
  await raw('\u0000\u0001\u0002 nonsense\r\n\r\n', true);
  await raw(Buffer.from([0x16, 3, 1, 0, 2, 1, 2]), false, true);
  await raw('SSH-2.0-nothing\r\n\r\n', false);
  assert.equal((await send(server, '/client/health')).status, 200);
});

test('an upgrade at an address that is none is refused, and the server answers on', async () => {
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
  for (const address of ['//', '/\\', '///', '//[', '/client/console/socket?ticket=%zz'])
    assert.match(
      await raw(`GET ${address} HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n\r\n`, true, true),
      /^HTTP\/1\.1 (4|101)/,
      address,
    );
  assert.equal((await send(server, '/client/health')).status, 200);
});

test('plain HTTP is sent to TLS, to the same path and nowhere else', async () => {
  const answer = await raw('POST /client/api?a=b HTTP/1.1\r\nHost: cloud.example:8443\r\nContent-Length: 0\r\n\r\n', false);
  assert.match(answer, /^HTTP\/1\.1 308 .*\r\nlocation: https:\/\/cloud\.example:8443\/client\/api\?a=b\r\n/);
});
