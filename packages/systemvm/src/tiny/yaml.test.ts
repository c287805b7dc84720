import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const script = join(import.meta.dirname, 'rootfs/lib/tiny/yaml');
const flat = (yaml: string): string[] =>
  execFileSync('busybox', ['awk', '-f', script], { input: yaml, encoding: 'utf8' }).split('\n').slice(0, -1);

test('mappings, sequences and sequences of mappings become paths', () => {
  const yaml = 'a:\n  b: 1\nlist:\n  - x\n  - k: v\n    l: w\nsame:\n- y\n-\n  z: 1\nempty:\nnil: ~\nlast: "end"\n';
  assert.deepEqual(flat(yaml), ['a.b\t1', 'list.0\tx', 'list.1.k\tv', 'list.1.l\tw', 'same.0\ty', 'same.1.z\t1', 'last\tend']);
});

test('quotes, comments and colons in a value are understood', () => {
  const yaml = `#cloud-config\na: 'it''s # no comment'\nb: "x\\ty: \\"z\\""  # comment\nc: ssh-ed25519 AAAA+/= me@host\n"d e": http://h/x\n`;
  assert.deepEqual(flat(yaml), ["a\tit's # no comment", 'b\tx\ty: "z"', 'c\tssh-ed25519 AAAA+/= me@host', 'd e\thttp://h/x']);
});

test('flow collections may nest and span lines', () => {
  const yaml =
    'run: [ [sh, -c, "a, b"], plain ]\nmatch: {macaddress: "52:54:00:00:00:01", n: [1, 2]}\nlong: [a,\n  b]\nafter: 1\n';
  assert.deepEqual(flat(yaml), [
    ...['run.0.0\tsh', 'run.0.1\t-c', 'run.0.2\ta, b', 'run.1\tplain'],
    ...['match.macaddress\t52:54:00:00:00:01', 'match.n.0\t1', 'match.n.1\t2', 'long.0\ta', 'long.1\tb', 'after\t1'],
  ]);
});

test('block scalars keep their lines, folded ones join them, backslashes are escaped', () => {
  const yaml =
    'files:\n  - content: |\n      one\n        two \\n\n\n      four\n    path: /x\n  - content: >-\n      a\n      b\n\n      c\n  - |\n    item\nend: |-\n  x\n';
  assert.deepEqual(flat(yaml), [
    'files.0.content\tone\\n  two \\\\n\\n\\nfour\\n',
    ...['files.0.path\t/x', 'files.1.content\ta b\\nc', 'files.2\titem\\n', 'end\tx'],
  ]);
});

test('JSON is read as the YAML that it is', () => {
  assert.deepEqual(flat('{"instance-id": "i-1", "public-keys": ["ssh-rsa A"]}\n'), [
    'instance-id\ti-1',
    'public-keys.0\tssh-rsa A',
  ]);
});
