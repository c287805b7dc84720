import assert from 'node:assert/strict';
import { randomBytes, randomUUID, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { agentMethods, serverMethods } from '@virtstack/protocol';
import { openAuthority } from '../../accounts/authority.ts';
import { secretsWith } from '../../accounts/secrets.ts';
import { withDatabase } from '../../db/testing.ts';
import { until } from '../../orchestration/testing/until.ts';
import type { TestHost, TestZone } from '../../orchestration/testing/zone.ts';
import { withZone } from '../../orchestration/testing/zone.ts';
import { askAt, certificateFor, daysAgo, get, knock, renewWith, type Shown, someRequest } from './testing.ts';

let zone: TestZone;
before(async () => {
  zone = await withZone();
});

const expired = (guid: string): Promise<Shown> => certificateFor(zone.server, guid, daysAgo(20));
const hostState = async (id: string) => (await zone.api.list('listHosts', { id }))[0]?.state;
const alerts = (keyword: string) => zone.api.list('listAlerts', { keyword });

/** A host that was added with a certificate which has expired since. */
async function hostThatWasOff(): Promise<TestHost & { readonly old: Shown }> {
  const added = await zone.addHost();
  await added.host.disconnect();
  const { db } = zone.server.cloud;
  // As if it had been issued then.
  await db.deleteFrom('certificate').where('subject', '=', added.host.guid).execute();
  await db.updateTable('host').set({ certificate_serial: null }).where('id', '=', added.id).execute();
  return { ...added, old: await expired(added.host.guid) };
}

test('a host that was off past the end of its certificate gets a new one for it, and is Up again', async () => {
  const { id, host, old } = await hostThatWasOff();
  assert.equal(await knock(zone.server, '/agent', old), '401');
  const renewed = await renewWith(zone.server, old);
  assert.equal(renewed.subject, `O=virtstack host\nCN=${host.guid}`);
  assert.ok(renewed.checkIP(host.facts.addresses[0]!) && renewed.checkHost(host.facts.hostname));
  const days = (Date.parse(renewed.validTo) - Date.now()) / 86_400_000;
  assert.ok(days > 364 && days < 366, `good for ${days} days`);
  await host.connect();
  await until(async () => (await hostState(id)) === 'Up', 'Up');
  assert.equal(await knock(zone.server, '/renewal', old), '403', 'the old one has been replaced');
});

test('an expired certificate is good for renewal and for nothing else', async () => {
  const { host, old } = await hostThatWasOff();
  const streams = `/streams/${randomUUID()}`;
  for (const path of ['/agent', streams, '/image-store', '/', '/renewal/'])
    assert.equal(await knock(zone.server, path, old), '401', path);
  assert.equal(await get(zone.server, `/images/${zone.templateId}`, old), 403);
  const hello = { protocol: 1, version: '0.1.0', guid: host.guid, facts: host.facts, report: host.report() };
  await assert.rejects(askAt(zone.server, '/renewal', old, serverMethods.hello, hello), { kind: 'unknown-method' });
  await assert.rejects(askAt(zone.server, '/renewal', old, agentMethods.report, {}), { kind: 'unknown-method' });
});

test('a certificate that is good has no business where expired ones are renewed', async () => {
  const { host } = await zone.addHost();
  assert.equal(await knock(zone.server, '/renewal', await certificateFor(zone.server, host.guid, new Date())), '403');
});

test('one of another authority is cut off, expired or not, whatever name it bears', async () => {
  const { host } = await hostThatWasOff();
  const { db } = await withDatabase();
  const other = await openAuthority(db, secretsWith(randomBytes(32)));
  for (const from of [daysAgo(20), new Date()]) {
    const shown = await other.issue({ commonName: host.guid, names: [], addresses: [], days: 10, from });
    assert.equal(await knock(zone.server, '/renewal', shown), 'cut');
    assert.equal(await get(zone.server, `/images/${zone.templateId}`, shown), 'cut');
  }
});

test('one that is not on record is refused, though the authority’s key has signed it', async () => {
  const { host } = await hostThatWasOff();
  const unknown = await expired(host.guid);
  const serial = new X509Certificate(unknown.certificate).serialNumber.toLowerCase();
  await zone.server.cloud.db.deleteFrom('certificate').where('serial', '=', serial).execute();
  assert.equal(await knock(zone.server, '/renewal', unknown), '403');
  // On record, but as another's.
  const row = { serial, subject: randomUUID(), not_after: new Date() };
  await zone.server.cloud.db.insertInto('certificate').values(row).execute();
  assert.equal(await knock(zone.server, '/renewal', unknown), '403');
});

test('one of a host that was deleted is refused, and one that is of no host', async () => {
  const { id, old } = await hostThatWasOff();
  await zone.api.one('deleteHost', { id, forced: true, forcedestroylocalstorage: true });
  assert.equal(await knock(zone.server, '/renewal', old), '403');
  assert.equal(await knock(zone.server, '/renewal', await expired(randomUUID())), '403');
  assert.equal(await knock(zone.server, '/renewal', await expired('image-store')), '403');
});

test('one that was revoked is refused', async () => {
  const { old } = await hostThatWasOff();
  const serial = new X509Certificate(old.certificate).serialNumber.toLowerCase();
  await zone.server.cloud.db.updateTable('certificate').set({ revoked: new Date() }).where('serial', '=', serial).execute();
  assert.equal(await knock(zone.server, '/renewal', old), '403');
  assert.equal(await knock(zone.server, '/agent', old), '403');
});

test('one that is not good yet is cut off', async () => {
  const { host } = await hostThatWasOff();
  const early = await certificateFor(zone.server, host.guid, daysAgo(-5));
  assert.equal(await knock(zone.server, '/renewal', early), 'cut');
  assert.equal(await knock(zone.server, '/agent', early), 'cut');
});

test('one in which a byte was changed is cut off', async () => {
  const { old } = await hostThatWasOff();
  const der = Buffer.from(new X509Certificate(old.certificate).raw);
  // Within the signature, which is its end.
  der[der.length - 3]! ^= 1;
  const certificate = `-----BEGIN CERTIFICATE-----\n${der
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END CERTIFICATE-----\n`;
  assert.equal(await knock(zone.server, '/renewal', { ...old, certificate }), 'cut');
});

test('after its days of grace it is refused and the admins are told once; none are given where they renew by hand', async () => {
  const { host, old } = await hostThatWasOff();
  const settings = [
    ['ca.framework.cert.expired.grace.period', '9', '365', /longer ago than the 9 days/],
    ['ca.framework.cert.automatic.renewal', 'false', 'true', /not renewed by themselves/],
  ] as const;
  for (const [name, value, before, words] of settings) {
    await zone.api.one('updateConfiguration', { name, value });
    for (let time = 0; time < 2; time++) assert.equal(await knock(zone.server, '/renewal', old), '403');
    await zone.api.one('updateConfiguration', { name, value: before });
    const told = (await alerts(`The certificate of host ${host.facts.hostname} ended`)).filter((alert) =>
      words.test(alert.description!),
    );
    assert.equal(told.length, 1);
  }
  assert.equal((await renewWith(zone.server, old)).ca, false);
});

test('a request that is none is refused with words', async () => {
  const { old } = await hostThatWasOff();
  const ask = (csr: string) => askAt(zone.server, '/renewal', old, serverMethods.renew, { csr, asked: false });
  await assert.rejects(ask('nonsense'), /must be PKCS#10/);
  assert.match((await ask(await someRequest())).certificate, /BEGIN CERTIFICATE/);
});
