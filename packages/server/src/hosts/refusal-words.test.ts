import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PeerError } from '@virtstack/protocol';
import { agentRefusals, meantBy } from './refusals.ts';

const packages = join(import.meta.dirname, '../../..');
const sources = globSync(['agent/src/**/*.ts', 'protocol/src/**/*.ts'], { cwd: packages }).filter(
  (file) => !file.endsWith('.test.ts') && !file.includes('/testing/'),
);

/** Kinds as they stand where a refusal is made, and as `libvirtKind` answers them. */
function kindsIn(source: string): readonly string[] {
  const made = [...source.matchAll(/new PeerError\(\s*(?:[\w.]+ \?\? )?'([a-z-]+)'/g)];
  const answered = /const libvirtKind = [\s\S]*?\n};/.exec(source)?.[0] ?? '';
  const named = [...answered.matchAll(/(?:return|[?:]) '([a-z-]+)'/g)];
  return [...made, ...named].map(([, kind]) => kind!);
}

const kinds = new Set(sources.flatMap((file) => kindsIn(readFileSync(join(packages, file), 'utf8'))));

test('every word by which an agent refuses means something to whoever asked', () => {
  for (const kind of ['not-moved', 'no-disk', 'no-bridge', 'active', 'libvirt', 'unsupported', 'timeout'])
    assert.ok(kinds.has(kind), `${kind} is no longer found in the agent’s sources: look at how this test finds them`);
  const without = [...kinds].filter((kind) => !Object.hasOwn(agentRefusals, kind));
  assert.deepEqual(without, [], 'these kinds have no words in refusals.ts');
});

test('a refused migration tells a tenant what to do, and only admins the names of disks and bridges', () => {
  const said = (kind: string) => meantBy(agentRefusals, new PeerError(kind, 'This host has no bridge br-secret.'));
  for (const [kind, words] of [
    ['no-bridge', /no connection to one of its networks. Choose another host/],
    ['no-disk', /does not reach one of its disks. Choose another host/],
    ['active', /Try again when its state is shown anew/],
  ] as const) {
    const error = said(kind);
    assert.match(error.message, words);
    assert.doesNotMatch(error.message, /br-secret/);
    assert.deepEqual([error.kind, error.forAdmins], ['conflict', 'This host has no bridge br-secret.']);
  }
});
