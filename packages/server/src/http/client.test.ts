import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { settingSpec } from '../accounts/settings-table.ts';
import { clientOf } from './client.ts';

type Values = Readonly<Record<string, string>>;
function client(values: Values, peer: string, headers: IncomingHttpHeaders) {
  const text = async (name: string): Promise<string> => values[name] ?? settingSpec(name)!.default;
  return clientOf(
    { text, boolean: async (name) => (await text(name)) === 'true' },
    { peer, headers: { host: 'cloud.example', ...headers } },
  );
}
const trusting = { 'proxy.header.verify': 'true', 'proxy.cidr': '10.0.0.0/24,fd00::/64' };
const addressOf = async (values: Values, peer: string, forwarded: string, name = 'x-forwarded-for') =>
  (await client(values, peer, { [name]: forwarded })).address;

test('what a stranger says of himself is not believed, whatever is set', async () => {
  assert.equal(await addressOf({}, '192.0.2.1', '198.51.100.7'), '192.0.2.1');
  assert.equal(await addressOf({}, '10.0.0.5', '198.51.100.7'), '10.0.0.5', 'by default nobody is a proxy');
  assert.equal(await addressOf(trusting, '192.0.2.1', '198.51.100.7'), '192.0.2.1');
  assert.equal(await addressOf({ ...trusting, 'proxy.header.verify': 'false' }, '10.0.0.5', '198.51.100.7'), '10.0.0.5');
});

test('a proxy of ours speaks for whom it spoke with, and not for what that one wrote', async () => {
  assert.equal(await addressOf(trusting, '10.0.0.5', '198.51.100.7'), '198.51.100.7');
  assert.equal(await addressOf(trusting, '::ffff:10.0.0.5', '::ffff:198.51.100.7'), '198.51.100.7');
  assert.equal(await addressOf(trusting, 'fd00::5', '2001:db8::7'), '2001:db8::7');
  assert.equal(await addressOf(trusting, '10.0.0.5', '1.2.3.4, 198.51.100.7, 10.0.0.6'), '198.51.100.7');
  assert.equal(await addressOf(trusting, '10.0.0.5', '198.51.100.7:4711'), '198.51.100.7');
  assert.equal(await addressOf(trusting, '10.0.0.5', '[2001:db8::7]:4711'), '2001:db8::7');
  for (const nonsense of ['', 'unknown', '<script>', '10.0.0.9'])
    assert.equal(await addressOf(trusting, '10.0.0.5', nonsense), '10.0.0.5', nonsense);
});

test('the header is the one that the setting names', async () => {
  const named = { ...trusting, 'proxy.header.names': 'HTTP_CLIENT_IP' };
  assert.equal(await addressOf(named, '10.0.0.5', '198.51.100.7'), '10.0.0.5');
  assert.equal(await addressOf(named, '10.0.0.5', '198.51.100.7', 'client-ip'), '198.51.100.7');
});

test('a page is foreign where its origin is not this server, or the browser says so', async () => {
  const foreign = async (headers: IncomingHttpHeaders, values: Values = {}, peer = '192.0.2.1') =>
    (await client(values, peer, headers)).foreignPage;
  assert.equal(await foreign({}), false, 'a program');
  assert.equal(await foreign({ origin: 'https://cloud.example' }), false);
  assert.equal(await foreign({ origin: 'https://cloud.example', 'sec-fetch-site': 'same-origin' }), false);
  for (const origin of ['https://evil.example', 'https://cloud.example.evil.example', 'https://cloud.example:444', 'null', ''])
    assert.equal(await foreign({ origin }), true, origin);
  assert.equal(await foreign({ 'sec-fetch-site': 'cross-site' }), true);
  const behind = { origin: 'https://public.example', 'x-forwarded-host': 'public.example' };
  assert.equal(await foreign(behind), true);
  assert.equal(await foreign(behind, trusting, '10.0.0.5'), false);
});
