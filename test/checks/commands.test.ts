import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commands } from '../../packages/contract/src/index.ts';
import { apiTestFiles, read, repository } from './sources.ts';

describe('the declared commands', () => {
  const called = new Set(apiTestFiles().flatMap((file) => callsIn(read(file))));

  it('are each called by a test of the server or of the whole cloud', () => {
    assert.deepEqual(
      Object.keys(commands).filter((name) => !called.has(name)),
      [],
      `no test in ${repository} calls these: name them in a call, call('NAME', …), that asserts on the answer`,
    );
  });

  it('are found as first words of a call or of a query, and nowhere else', () => {
    assert.deepEqual(callsIn("as(clerk, 'getUser', { userapikey })"), ['getUser']);
    assert.deepEqual(callsIn("await server.call('listZones', {}); make(\n  'createZone',\n)"), ['listZones', 'createZone']);
    assert.deepEqual(callsIn('send(cloud, `command=login&username=admin`)'), ['login']);
    assert.deepEqual(
      callsIn("// call('listZones')\n/* call('listZones') */ test('listZones', f); const name = 'listZones';"),
      [],
    );
  });
});

/** The commands that a test's source sends: as the first word of a call (after who calls), or in the text of a request. */
function callsIn(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, ' ');
  return [
    ...code.matchAll(/(?<!\b(?:test|it|describe))\(\s*(?:[\w.!]+,\s*)?['"`]([a-z][A-Za-z]+)['"`]|\bcommand=([a-z][A-Za-z]+)\b/g),
  ].map((match) => (match[1] ?? match[2])!);
}
