import assert from 'node:assert/strict';
import { randomUUID, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { serverMethods } from '@virtstack/protocol';
import { FakeHost } from '../../orchestration/testing/fake-host.ts';
import { until } from '../../orchestration/testing/until.ts';
import { type TestZone, withZone } from '../../orchestration/testing/zone.ts';
import { tellExpiring } from './expiring.ts';
import { certificateFor, daysAgo, knock, someRequest } from './testing.ts';

let zone: TestZone;
before(async () => {
  zone = await withZone();
});

const hostState = async (id: string) => (await zone.api.list('listHosts', { id }))[0]?.state;
const alerts = (keyword: string) => zone.api.list('listAlerts', { keyword });

test('an agent renews its certificate on its connection; earlier ones are good no more when the new one is in place', async () => {
  const { id, host } = await zone.addHost();
  host.shows = await certificateFor(zone.server, host.guid, new Date());
  await host.disconnect();
  await host.connect();
  await until(async () => (await hostState(id)) === 'Up', 'Up');
  const before = host.shows;
  const { certificate } = await host.ask(serverMethods.renew, { csr: await someRequest(), asked: false });
  const renewed = new X509Certificate(certificate);
  assert.equal(renewed.subject, `O=virtstack host\nCN=${host.guid}`);
  assert.equal(await knock(zone.server, '/agent', before), 'open', 'the new one may have been lost on its way');
  await host.ask(serverMethods.renewed, { serial: renewed.serialNumber });
  assert.equal(await knock(zone.server, '/agent', before), '403');
  assert.equal(host.connected, true);
});

test('what an agent says to have in place must be its own', async () => {
  const [one, other] = [await zone.addHost(), await zone.addHost()];
  const foreign = new X509Certificate((await certificateFor(zone.server, other.host.guid, new Date())).certificate);
  for (const serial of [foreign.serialNumber, '4711'])
    await assert.rejects(one.host.ask(serverMethods.renewed, { serial }), { kind: 'invalid' });
});

test('what could not take the new certificate up is told to the admins', async () => {
  const { host } = await zone.addHost();
  const { certificate } = await host.ask(serverMethods.renew, { csr: await someRequest(), asked: false });
  const serial = new X509Certificate(certificate).serialNumber;
  await host.ask(serverMethods.renewed, { serial, trouble: 'its libvirt goes on with the old one.' });
  assert.match((await alerts(host.facts.hostname))[0]!.description!, /has a new certificate, but its libvirt goes on/);
});

test('an agent whose host was not added gets no certificate', async () => {
  const host = new FakeHost(zone.server);
  await host.connect();
  assert.equal(host.accepted, false);
  await assert.rejects(host.ask(serverMethods.renew, { csr: await someRequest(), asked: true }), { kind: 'not-wanted' });
});

test('where admins renew by hand an agent is refused that comes by itself', async () => {
  const { host } = await zone.addHost();
  await zone.api.one('updateConfiguration', { name: 'ca.framework.cert.automatic.renewal', value: 'false' });
  const ask = async (asked: boolean) => host.ask(serverMethods.renew, { csr: await someRequest(), asked });
  await assert.rejects(ask(false), { kind: 'not-wanted', message: /automatic\.renewal/ });
  assert.ok((await ask(true)).certificate);
  await zone.api.one('updateConfiguration', { name: 'ca.framework.cert.automatic.renewal', value: 'true' });
});

test('a second machine with the certificate of a host that is there is refused, and the admins are told once', async () => {
  const { id, host } = await zone.addHost();
  const thief = new FakeHost(zone.server, { hostname: 'thief', bootId: randomUUID() });
  Object.assign(thief, { guid: host.guid });
  for (let time = 0; time < 2; time++) await assert.rejects(thief.connect(), { kind: 'twice' });
  assert.deepEqual([host.connected, await hostState(id)], [true, 'Up']);
  const told = await alerts(`The certificate of host ${host.facts.hostname} is used by two machines`);
  assert.equal(told.length, 1);
  assert.match(told[0]!.description!, /it calls itself thief/);
});

test('a host that was rebooted takes the place of its connection which nobody answers on', async () => {
  const { id, host } = await zone.addHost();
  host.deaf = true;
  const again = new FakeHost(zone.server, { ...host.facts, bootId: randomUUID() });
  Object.assign(again, { guid: host.guid });
  await again.connect();
  assert.equal(again.accepted, true);
  await until(async () => (await hostState(id)) === 'Up', 'Up');
});

test('who shows the certificate of one host and says to be another is refused, and the admins are told', async () => {
  const [one, other] = [await zone.addHost(), await zone.addHost()];
  const liar = new FakeHost(zone.server, one.host.facts);
  Object.assign(liar, { guid: one.host.guid });
  await assert.rejects(liar.connect(other.host.guid), { kind: 'identity' });
  assert.match(
    (await alerts(`with the certificate of host ${other.host.facts.hostname}`))[0]!.description!,
    new RegExp(`said to be host ${one.host.guid}; he was refused`),
  );
});

const serialOf = ({ certificate }: { certificate: string }): string => new X509Certificate(certificate).serialNumber;

test('a certificate that is revoked ends the connection that it made, and makes no other', async () => {
  const { host } = await zone.addHost();
  await host.disconnect();
  host.shows = await certificateFor(zone.server, host.guid, new Date());
  await host.connect();
  const serial = serialOf(host.shows);
  assert.match(
    await zone.api.refusal('revokeCertificate', { serial: '4711' }),
    /No certificate of this cloud has the serial number 4711/,
  );
  assert.match(await zone.api.refusal('revokeCertificate', { serial, cn: 'other' }), new RegExp(`names ${host.guid}, not other`));
  assert.equal(host.connected, true);
  assert.equal((await zone.api.job('revokeCertificate', { serial, cn: host.guid })).status, 1);
  await until(() => !host.connected, 'the end of the connection');
  assert.equal(await knock(zone.server, '/agent', host.shows), '403');
});

test('a host whose certificate is provisioned renews it and connects anew', async () => {
  const { id, host } = await zone.addHost();
  await host.disconnect();
  host.renews = () => ({ serial: '1', notAfter: new Date().toISOString() });
  await host.connect();
  await until(async () => (await hostState(id)) === 'Up', 'Up');
  const job = zone.api.job('provisionCertificate', { hostid: id });
  await until(() => !host.connected, 'the end of the connection');
  await host.connect();
  assert.equal((await job).status, 1);
  assert.deepEqual([host.calls.includes('certificate/renew'), await hostState(id)], [true, 'Up']);
});

test('what an older agent does not know yet is told with its name and version', async () => {
  const { id, host } = await zone.addHost();
  const { status, errortext } = await zone.api.job('provisionCertificate', { hostid: id });
  assert.equal(status, 2);
  assert.match(
    errortext!,
    new RegExp(
      `The agent of host ${host.facts.hostname} is of version 0\\.1\\.0 and does not know certificate/renew yet\\. Copy the agent of this server`,
    ),
  );
});

test('an agent that speaks what the server understands is taken, another is told both numbers', async () => {
  const { id, host } = await zone.addHost();
  await host.disconnect();
  host.protocol = { protocol: 99 };
  await assert.rejects(host.connect(), { kind: 'protocol', message: /speaks protocol 1, the agent 99/ });
  host.protocol = { protocol: 99, oldest: 1 };
  await host.connect();
  await until(async () => (await hostState(id)) === 'Up', 'Up');
});

test('the admins are told once of a certificate that nears its end', async () => {
  const { id, host } = await zone.addHost();
  const use = async (from: Date): Promise<void> => {
    await host.disconnect();
    host.shows = await certificateFor(zone.server, host.guid, from);
    await host.connect();
    await until(async () => (await hostState(id)) === 'Up', 'Up');
    for (let look = 0; look < 2; look++) await tellExpiring(zone.server.cloud);
  };
  const told = () => alerts(`The certificate of host ${host.facts.hostname} ends on`);
  await use(daysAgo(-0.02));
  assert.equal((await told()).length, 1);
  await zone.api.one('updateConfiguration', { name: 'ca.framework.cert.expiry.alert.period', value: '3' });
  await use(daysAgo(-0.01));
  assert.equal((await told()).length, 1, 'this one has ten days left, and three are asked for');
});
