import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { domainXml } from './domain.ts';
import type { Guest } from './guest.ts';
import type { Profile } from './profile.ts';
import { fullGuest, minimalGuest } from './testing/guests.ts';
import { everyMode, golden, hostOf } from './testing/profiles.ts';

// UPDATE_GOLDEN=1 node --test writes the documents anew; read the difference before it is committed.

const guests: Readonly<Record<string, (profile: Profile) => Guest>> = { minimal: minimalGuest, full: fullGuest };

const documents = everyMode().flatMap(({ name, profile, mode }) => {
  const hosts = profile.emulatedType === undefined ? [['', true] as const] : [['', true] as const, ['-emulated', false] as const];
  return Object.entries(guests).flatMap(([which, guest]) =>
    hosts.map(([suffix, accelerated]) => ({
      file: `${name}-${mode.name}-${which}${suffix}.xml`,
      xml: domainXml({ ...guest(profile), mode: mode.name }, profile, hostOf(name, accelerated)),
    })),
  );
});

for (const { file, xml } of documents) {
  test(`${file} is what its guest becomes`, () => {
    const path = new URL(file, golden);
    if (process.env.UPDATE_GOLDEN) writeFileSync(path, xml);
    assert.equal(xml, readFileSync(path, 'utf8'));
  });
}

test('no golden document is left of a profile, mode or guest that is gone', () => {
  assert.deepEqual(readdirSync(golden).sort(), documents.map(({ file }) => file).sort());
});

test("every golden document is valid by libvirt's own schema", () => {
  const schema = '/usr/share/libvirt/schemas/domain.rng';
  assert.ok(existsSync(schema), `${schema} is missing: install libvirt-daemon-system`);
  const files = documents.map(({ file }) => fileURLToPath(new URL(file, golden)));
  const validate = (...paths: string[]) => execFileSync('xmllint', ['--noout', '--relaxng', schema, ...paths], { stdio: 'pipe' });
  validate(...files);
});
