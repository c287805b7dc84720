import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restored, settings, withBlock, withoutBlock } from './conf-block.ts';

const files = ['', 'a = 1\n', 'a = 1', '# a comment\n\n#key_file = "/x"\n'];

test('what is added is set, once, however often it is added, and goes without a trace', () => {
  for (const before of files) {
    const once = withBlock(before, ['b = "two"']);
    assert.equal(settings(once).get('b'), '"two"');
    assert.equal(withBlock(once, ['b = "two"']), once);
    assert.equal(settings(withBlock(once, ['b = "three"'])).get('b'), '"three"');
    assert.equal(restored(once, before), before);
  }
});

test('what an admin changed beside our lines stays when they go', () => {
  const changed = withBlock('a = 1', ['b = 2']).replace('a = 1', 'a = 9').concat('c = 3\n');
  assert.equal(restored(changed, 'a = 1'), 'a = 9\nc = 3\n');
  assert.equal(withoutBlock('nothing of ours\n'), 'nothing of ours\n');
});

test('settings are those that are not commented out', () => {
  assert.deepEqual(
    [...settings('#a = 1\n  b=2 \nlist = ["x", "y"]\n')],
    [
      ['b', '2'],
      ['list', '["x", "y"]'],
    ],
  );
});
