import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { type CommandName, commands } from './commands.ts';
import { describe } from './describe.ts';
import { apiDocument } from './docs.ts';

const all = (Object.keys(commands) as CommandName[]).map(describe);

test('every command, parameter and field, nested ones too, says something: generators of clients fail on an empty text', () => {
  const texts = (fields: readonly { description?: string | null; response?: unknown }[]): unknown[] =>
    fields.flatMap((field) => [field.description, ...texts((field.response ?? []) as never)]);
  for (const api of all) {
    const said = [api.description, ...texts(api.params as never), ...texts(api.response as never)];
    assert.ok(
      said.every((text) => typeof text === 'string' && text !== '' && !text.includes('\n')),
      api.name!,
    );
  }
});

test('what clients cast has the type that they cast to', () => {
  for (const api of all) {
    assert.equal(typeof api.isasync, 'boolean');
    for (const p of api.params!)
      assert.deepEqual([typeof p.name, typeof p.type, typeof p.required], ['string', 'string', 'boolean']);
  }
});

test('a parameter that names a thing leads to the commands that list it', () => {
  const { params } = describe('deployVirtualMachine');
  const zone = params!.find(({ name }) => name === 'zoneid')!;
  assert.equal(zone.type, 'uuid');
  assert.ok(zone.related!.split(',').includes('listZones'));
});

test('asynchronous commands say so', () => {
  assert.equal(describe('deployVirtualMachine').isasync, true);
  assert.equal(describe('listZones').isasync, false);
});

test('a parameter without effect says so, and so does a default', () => {
  const of = (name: string) => describe('deployVirtualMachine').params!.find((p) => p.name === name)!.description!;
  assert.match(of('keyboard'), /without effect/);
  assert.match(of('startvm'), /default: true/);
});

test('docs/api.md says what the declarations say', () => {
  assert.equal(readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8'), apiDocument());
});
