import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { send, signedQuery, type TestServer, withServer } from './testing.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'page-'));
after(() => rm(dataDir, { recursive: true, force: true }));
let server: TestServer;
let own: string;
before(async () => {
  server = await withServer({ dataDir });
  own = `https://127.0.0.1:${server.address.port}`;
});
const foreign = 'https://evil.example';
const logIn = (headers: Record<string, string>) =>
  send(server, '/client/api', { form: 'command=login&username=admin&password=first-password&response=json', headers });

test('a session is begun and used by this server’s own pages, and by none of another site', async () => {
  assert.equal((await logIn({ origin: foreign })).status, 401);
  const answer = await logIn({ origin: own });
  assert.equal(answer.status, 200);
  const { sessionkey } = (JSON.parse(answer.text) as { loginresponse: { sessionkey: string } }).loginresponse;
  const cookie = ((answer.headers['set-cookie'] ?? []) as string[]).map((one) => one.split(';')[0]).join('; ');
  const list = async (headers: Record<string, string>, method?: string) =>
    (
      await send(server, `/client/api?command=listUsers&response=json&sessionkey=${sessionkey}`, {
        headers: { cookie, ...headers },
        ...(method && { method }),
      })
    ).status;
  assert.deepEqual(
    [await list({}), await list({ origin: own }), await list({ 'sec-fetch-site': 'same-origin' })],
    [200, 200, 200],
  );
  assert.deepEqual(
    [await list({ origin: foreign }), await list({ origin: 'null' }), await list({ 'sec-fetch-site': 'cross-site' })],
    [401, 401, 401],
  );
  assert.equal(await list({ origin: foreign }, 'POST'), 401);
  const out = await send(server, '/client/api', {
    form: `command=logout&response=json&sessionkey=${sessionkey}`,
    headers: { cookie, origin: foreign },
  });
  assert.deepEqual([out.status, await list({})], [401, 200], 'nor ended');
});

test('who signs needs no page: he may be anywhere', async () => {
  const query = signedQuery('listUsers', {}, server.firstAdmin!);
  assert.equal((await send(server, `/client/api?${query}`, { headers: { origin: foreign } })).status, 200);
});

test('no answer lets a page of another site read it', async () => {
  const { headers } = await send(server, '/client/api?command=listUsers', { headers: { origin: foreign } });
  assert.deepEqual(
    Object.keys(headers).filter((name) => name.startsWith('access-control')),
    [],
  );
});

test('X-Forwarded-For counts where the settings say who may send it', async () => {
  const addresses = async () => {
    const answer = await send(server, '/client/api', {
      form: 'command=login&username=admin&password=wrong&response=json',
      headers: { 'x-forwarded-for': '198.51.100.7' },
    });
    assert.equal(answer.status, 531);
    return (JSON.parse((await readFile(join(dataDir, 'audit.log'), 'utf8')).trim().split('\n').at(-1)!) as { address: string })
      .address;
  };
  assert.equal(await addresses(), '127.0.0.1');
  await server.call('updateConfiguration', { name: 'proxy.header.verify', value: 'true' });
  assert.equal(await addresses(), '127.0.0.1');
  await server.call('updateConfiguration', { name: 'proxy.cidr', value: '127.0.0.0/8' });
  assert.equal(await addresses(), '198.51.100.7');
});
