import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { domainXml } from './domain.ts';
import type { Guest } from './guest.ts';
import type { Profile } from './profile.ts';
import { fullGuest, minimalGuest } from './testing/guests.ts';
import { type AnswersByMode, answerOf, everyMode, golden, hostOf } from './testing/profiles.ts';

// UPDATE_GOLDEN=1 node --test writes the documents anew; read the difference before it is committed.

const guests: Readonly<Record<string, (profile: Profile) => Guest>> = { minimal: minimalGuest, full: fullGuest };

/** What the schema allows and the driver refuses, ignores, or answers with another machine than was meant. */
const unwelcome: AnswersByMode<RegExp> = (() => {
  const foreign = /virtio|<rng|<cpu|<timer|cache=|discard=|<sysinfo|<smbios|<filterref|<iotune|<bandwidth/;
  const unfirm = new RegExp(`${foreign.source}|<features|<loader|<boot|<serial|<emulator|<input|usb`);
  const anywhere = /<emulator|<filterref|<iotune|netfront|xvd|hda/;
  return { kvm: { hvm: anywhere }, xen: { pvh: unfirm, pv: unfirm, hvm: foreign }, test: { hvm: /<rng|<cpu/ } };
})();

const documents = everyMode().flatMap(({ name, profile, mode }) => {
  const hosts = profile.emulatedType === undefined ? [['', true] as const] : [['', true] as const, ['-emulated', false] as const];
  return Object.entries(guests).flatMap(([which, guest]) =>
    hosts.map(([suffix, accelerated]) => ({
      unwelcome: answerOf(unwelcome, name, mode.name)!,
      file: `${name}-${mode.name}-${which}${suffix}.xml`,
      xml: domainXml({ ...guest(profile), mode: mode.name }, profile, hostOf(name, accelerated)),
    })),
  );
});

for (const { file, xml, unwelcome } of documents) {
  test(`${file} is what its guest becomes`, () => {
    const path = new URL(file, golden);
    if (process.env.UPDATE_GOLDEN) writeFileSync(path, xml);
    assert.equal(xml, readFileSync(path, 'utf8'));
    assert.doesNotMatch(xml, unwelcome);
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
