import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makePerson } from '../accounts/testing.ts';
import { callAs, send, signedQuery, type TestServer, withServer } from './testing.ts';

let server: TestServer;
before(async () => {
  server = await withServer();
});
const get = (query: string) => send(server, `/client/api?${query}`);
const signed = (command: string, values = {}) => get(signedQuery(command, values, server.firstAdmin!));

test('an answer is one object in the command’s envelope, and an empty list is empty', async () => {
  const list = await signed('listZones');
  assert.deepEqual([list.status, list.text], [200, '{"listzonesresponse":{}}']);
  assert.match(String(list.headers['content-type']), /^application\/json/);
  const found = await server.call('listDomains', { listall: true });
  assert.equal(found.count, 1);
});

test('XML is what is answered when nobody asks for JSON', async () => {
  const json = signedQuery('listDomains', {}, server.firstAdmin!);
  assert.equal((await get(json)).status, 200);
  assert.equal((await get(json.replace('response=json', 'response=xml'))).status, 401, 'the format is signed too');
  const xml = await get(signedQuery('listDomains', { response: 'xml' }, server.firstAdmin!));
  assert.match(xml.text, /^<\?xml version="1\.0" encoding="UTF-8"\?><listdomainsresponse [^>]*><count>1<\/count><domain>/);
  const error = await get('command=listDomains');
  assert.match(String(error.headers['content-type']), /^text\/xml/);
  assert.match(
    error.text,
    /^<\?xml version="1\.0" encoding="UTF-8"\?><listdomainsresponse cloud-stack-version="[\d.]+"><errorcode>401<\/errorcode>/,
  );
});

test('an error has the code as its status, in the envelope of the command, with the text in a header', async () => {
  const answer = await signed('createZone', { name: 'x' });
  assert.equal(answer.status, 431);
  const { createzoneresponse: content } = JSON.parse(answer.text) as { createzoneresponse: Record<string, unknown> };
  assert.deepEqual(Object.keys(content), ['uuidList', 'errorcode', 'cserrorcode', 'errortext']);
  assert.deepEqual([content.errorcode, content.cserrorcode], [431, 4350]);
  assert.match(String(content.errortext), /^Unable to execute API command createzone due to missing parameter networktype/);
  assert.match(String(answer.headers['x-description']), /missing parameter networktype/);
});

test('who is not known learns nothing: 401 for every command, there or not', async () => {
  for (const command of ['listZones', 'noSuchCommand', 'deployVirtualMachine'])
    assert.equal((await get(`command=${command}&response=json`)).status, 401, command);
  for (const query of [
    `command=listZones&apikey=nobody&signature=AAAA`,
    `command=listZones&apikey=${server.firstAdmin!.apikey}&signature=`,
    `command=listZones&apikey=${server.firstAdmin!.apikey}`,
  ])
    assert.equal((await get(query)).status, 401, query);
});

test('a command that is not there, and one that is not for this user, are both 432 in the envelope errorresponse', async () => {
  const user = await makePerson(server.cloud.db, server.cloud.secrets, 'ordinary');
  const missing = await signed('createKubernetesCluster');
  assert.equal(missing.status, 432);
  const forbidden = await get(signedQuery('createZone', {}, user));
  assert.equal(forbidden.status, 432);
  const text = (answer: { text: string }) =>
    (JSON.parse(answer.text) as { errorresponse: { errortext: string } }).errorresponse.errortext;
  assert.match(text(missing), /'createKubernetesCluster' either does not exist, is not available for user/);
  assert.equal(text(forbidden), text(missing).replace('createKubernetesCluster', 'createZone'));
});

test('an unknown id is 431 in the words that clients look for', async () => {
  const id = '11111111-2222-4333-8444-555555555555';
  const answer = await server.call('listVirtualMachines', { id });
  assert.equal(answer.errorcode, 431);
  assert.ok(
    answer.errortext?.includes(`Invalid parameter id value=${id} due to incorrect long value format, or entity does not exist`),
  );
});

test('signature version 3 needs a date of expiry that has not passed', async () => {
  const status = async (values: Record<string, string>) => (await signed('listZones', values)).status;
  const at = (offset: number) => `${new Date(Date.now() + offset).toISOString().slice(0, 19)}`;
  assert.equal(await status({ signatureversion: '3', expires: `${at(60_000)}+0000` }), 200);
  assert.equal(await status({ signatureVersion: '3', expires: `${at(60_000)}Z` }), 200);
  assert.equal(await status({ signatureversion: '3', expires: `${at(-1000)}+0000` }), 401);
  assert.equal(await status({ signatureversion: '3', expires: 'tomorrow' }), 401);
  assert.equal(await status({ signatureversion: '3' }), 401);
});

test('names of parameters are matched in any case, and the path may end with a slash', async () => {
  const query = signedQuery('listDomains', { LISTALL: 'True', PageSize: 5, page: 1 }, server.firstAdmin!);
  const answer = await send(server, '/client/api/', { form: query });
  assert.equal((JSON.parse(answer.text) as { listdomainsresponse: { count: number } }).listdomainsresponse.count, 1);
});

test('a parameter that is given twice with different values is refused, and its values are not logged', async () => {
  const answer = await get(`command=login&username=admin&password=one-Secret&password=two-Secret&response=json`);
  assert.equal(answer.status, 430);
  assert.ok(!answer.text.includes('Secret'));
  assert.ok(!server.logged.join('').includes('Secret'));
});

test('nothing secret is logged', async () => {
  const keys = server.firstAdmin!;
  const query = signedQuery(
    'updateUser',
    { id: '11111111-2222-4333-8444-555555555555', password: 'new-Secret-1', currentpassword: 'old-Secret-2' },
    keys,
  );
  await get(query);
  await send(server, '/client/api', { form: `command=login&username=admin&password=wrong-Secret-3&response=json` });
  const log = server.logged.join('');
  assert.match(log, /"command":"updateUser"/);
  for (const secret of ['Secret', keys.secretkey, keys.apikey, new URLSearchParams(query).get('signature')!])
    assert.ok(!log.includes(secret), secret);
});

test('a fault of ours is 530 with a reference, its details in the log alone', async () => {
  const own = await withServer();
  await own.cloud.db.schema.alterTable('alert').renameTo('gone').execute();
  const answer = await callAs(own, own.firstAdmin!, 'listAlerts');
  assert.equal(answer.errorcode, 530);
  const reference = /under ([0-9a-f]{8})/.exec(answer.errortext!)?.[1];
  assert.ok(!answer.errortext!.includes('relation'));
  assert.ok(own.logged.some((line) => line.includes(reference!) && line.includes('relation')));
});

test('every address below /client/api is the API', async () => {
  for (const path of ['/client/api/x', '/client/api/../api', '/client/api/a/b.js?response=json'])
    assert.equal((await send(server, path)).status, 401, path);
  assert.equal((await send(server, '/client/api?response=json', { method: 'DELETE' })).status, 405);
});

test('listApis says all of every command, on one line, and only what this role may call', async () => {
  const answer = await signed('listApis', { listall: true });
  assert.ok(!answer.text.includes('\n'));
  const { listapisresponse } = JSON.parse(answer.text) as { listapisresponse: { count: number; api: Api[] } };
  assert.equal(listapisresponse.count, listapisresponse.api.length);
  for (const api of listapisresponse.api) {
    assert.equal(typeof api.isasync, 'boolean');
    for (const param of api.params)
      assert.deepEqual(
        [typeof param.required, param.description !== '', param.type !== ''],
        [typeof true, true, true],
        `${api.name} ${param.name}`,
      );
    assert.ok(api.response.every(({ description }) => description !== ''));
  }
  const user = await makePerson(server.cloud.db, server.cloud.secrets, 'reader');
  const his = (await callAs(server, user, 'listApis')) as unknown as { api: Api[] };
  const names = his.api.map(({ name }) => name);
  assert.ok(names.includes('deployVirtualMachine') && !names.includes('createZone'));
});
type Api = {
  name: string;
  isasync: boolean;
  params: { name: string; required: boolean; description: string; type: string }[];
  response: { description: string }[];
};

test('what a user may not name is, in words, what does not exist', async () => {
  const { db, secrets } = server.cloud;
  const [a, b] = [await makePerson(db, secrets, 'alice'), await makePerson(db, secrets, 'bob')];
  const key = (await callAs(server, a, 'createSSHKeyPair', { name: 'mine' })).keypair as { id: string; privatekey: string };
  assert.match(key.privatekey, /BEGIN OPENSSH PRIVATE KEY/);
  const nowhere = '11111111-2222-4333-8444-555555555555';
  const [foreign, absent] = [
    await callAs(server, b, 'listSSHKeyPairs', { id: key.id }),
    await callAs(server, b, 'listSSHKeyPairs', { id: nowhere }),
  ];
  assert.equal(foreign.errortext, absent.errortext!.replace(nowhere, key.id));
  assert.equal((await callAs(server, a, 'listSSHKeyPairs', { id: key.id })).count, 1);
  assert.equal((await server.call('listSSHKeyPairs', { id: key.id })).count, 1);
  assert.deepEqual(await callAs(server, b, 'listSSHKeyPairs', { listall: true }), {});
  assert.equal((await callAs(server, b, 'listSSHKeyPairs', { account: 'alice', domainid: a.domainId })).errorcode, 531);
});
