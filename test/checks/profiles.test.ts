import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '../../packages/hypervisor/src/catalogue.ts';
import { read } from './sources.ts';

const most = { fields: 40, lines: 150, shared: 0.3 };

/** The source of each profile, its lines trimmed. */
const sources = new Map(
  catalogue.map(({ label }) => [
    label,
    read(`packages/hypervisor/src/${label.toLowerCase()}.ts`)
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
  ]),
);

/** What a reader would call a line of its own: no import, no comment, nothing but brackets, no end of the declaration. */
const ofItsOwn = (lines: readonly string[]): string[] =>
  lines.filter((line) => /\w/.test(line) && !/^(import\b|\/[/*]|\*|\} as const satisfies)/.test(line));

/** How many lines of the one stand in the other, each counted once for each time that it stands in both. */
function shared(one: readonly string[], other: readonly string[]): number {
  const left = [...other];
  return one.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  }).length;
}

describe('a profile', () => {
  it('has at most 40 fields and 150 lines', (t) => {
    for (const profile of catalogue) {
      const [fields, lines] = [Object.keys(profile).length, sources.get(profile.label)!.length];
      t.diagnostic(`${profile.label}: ${fields} fields, ${lines} lines`);
      assert.ok(fields <= most.fields && lines <= most.lines, profile.label);
    }
  });

  it('shares at most 30 % of its lines with another', (t) => {
    const all = [...sources].map(([label, lines]) => ({ label, lines: ofItsOwn(lines) }));
    for (const [index, one] of all.entries())
      for (const other of all.slice(index + 1)) {
        const [count, of] = [shared(one.lines, other.lines), Math.min(one.lines.length, other.lines.length)];
        t.diagnostic(`${one.label} and ${other.label}: ${count} lines of ${of}, ${((100 * count) / of).toFixed(0)} %`);
        assert.ok(count / of <= most.shared, `${one.label} and ${other.label} share ${count} lines of ${of}`);
      }
  });

  it('would be found to share its lines', () => {
    assert.equal(shared(['a', 'b', 'a'], ['a', 'c', 'a']), 2);
    assert.equal(shared(['a', 'a'], ['a']), 1);
    assert.deepEqual(ofItsOwn(["import x from 'x';", '/** a */', '},', '[', "label: 'A',", '} as const satisfies Profile;']), [
      "label: 'A',",
    ]);
  });
});
