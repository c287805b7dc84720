import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainXml } from './domain.ts';
import { bareMetadata, guestMetadata, guestNamespace } from './metadata.ts';
import { minimalGuest } from './testing/guests.ts';
import { hostOf, profileNames, profiles } from './testing/profiles.ts';

const uuid = '00000000-0000-4000-8000-000000000001';

test('a domain of ours is recognised by its metadata, and its epoch is read back', () => {
  for (const name of profileNames) {
    const xml = domainXml({ ...minimalGuest(profiles[name]), epoch: 42 }, profiles[name], hostOf(name));
    assert.deepEqual(guestMetadata(xml), { uuid, epoch: 42 });
  }
});

test('the bare element, as libvirt answers it without prefix and namespace, is read too', () => {
  assert.deepEqual(guestMetadata(`<guest uuid='${uuid}' epoch='3'/>`), { uuid, epoch: 3 });
  assert.deepEqual(guestMetadata(`<v:guest xmlns:v='${guestNamespace}' uuid='${uuid}' epoch='3'/>`), { uuid, epoch: 3 });
});

test('a foreign domain is foreign: without metadata, with that of others, with ours but no epoch, and a clone of ours', () => {
  const domain = (inside: string, own = uuid) => `<domain type='test'><uuid>${own}</uuid><metadata>${inside}</metadata></domain>`;
  const ours = `<v:guest xmlns:v='${guestNamespace}' uuid='${uuid}' epoch='3'/>`;
  assert.deepEqual(guestMetadata(domain(ours)), { uuid, epoch: 3 });
  assert.equal(guestMetadata(domain('')), undefined);
  assert.equal(guestMetadata(domain(`<guest uuid='${uuid}' epoch='3'/>`)), undefined);
  assert.equal(guestMetadata(domain(ours.replace(guestNamespace, 'https://example.org'))), undefined);
  assert.equal(guestMetadata(domain(ours.replace("epoch='3'", ''))), undefined);
  assert.equal(guestMetadata(domain(ours, uuid.replace(/1$/, '2'))), undefined);
  assert.equal(guestMetadata(`<domain type='test'><name>a</name></domain>`), undefined);
});

test('a domain that was adopted says so', () => {
  const adopted = { uuid, epoch: 3, adopted: true };
  assert.deepEqual(guestMetadata(bareMetadata(adopted)), adopted);
  assert.deepEqual(guestMetadata(bareMetadata({ uuid, epoch: 3 })), { uuid, epoch: 3 });
});
