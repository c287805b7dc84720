import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { productFiles, read } from './sources.ts';

/** Ways to start a program that hand a text to a shell, which would read a name in it as a command. */
const ways: Readonly<Record<string, RegExp>> = {
  'starts a shell by itself: take spawn or execFile':
    /\bimport\b[^;]*\bexec(?:Sync)?\b[^;]*from\s*['"](?:node:)?child_process['"]/,
  'asks for a shell': /\bshell\s*:\s*(?!false\b)/,
  'takes all of child_process, so that one cannot see what of it': /\*\s*as\s+\w+\s+from\s*['"](?:node:)?child_process['"]/,
  'loads child_process so that one cannot see what of it':
    /(?<!\{[^}]*\}\s*=\s*process\.)\b(?:require|import|getBuiltinModule)\(\s*['"](?:node:)?child_process['"]/,
  'makes a program of a text': /\beval\(|\bnew Function\(/,
  'runs texts': /from\s*['"](?:node:)?vm['"]/,
};
/** Files that do so, and why it harms nobody. */
const excused: Readonly<Record<string, string>> = {
  'packages/server/src/accounts/password-policy.ts runs texts': 'one script of its own, for the sake of its limit of time',
  'packages/server/src/hosts/ssh/shell.ts puts a script together':
    'SSH takes command lines alone: a script that is written in the product and its arguments become one here, each a quoted word',
};
/** A shell may run a script that is written here, to which everything else comes as arguments: no text in the script is put together. */
const scripts =
  /\[?\s*['"](?:ba|da)?sh['"]\s*,\s*(?:\[\s*)?['"]-\w*c['"]\s*,\s*(?<script>`[^`]*`|'[^']*'|"[^"]*"|[A-Za-z_$][\w$]*)/g;

const wrongIn = (source: string): readonly string[] => [
  ...Object.entries(ways).flatMap(([wrong, way]) => (way.test(source) ? [wrong] : [])),
  ...[...source.matchAll(scripts)].flatMap(({ groups }) => (isPlain(source, groups!.script!) ? [] : ['puts a script together'])),
];

/** Whether a script is a text as it stands, here or where its name is declared. */
function isPlain(source: string, script: string): boolean {
  if (/^['"`]/.test(script)) return !/\$\{/.test(script);
  const declared = new RegExp(`\\bconst ${script}(?::[^=]+)? =\\s*(?<text>\`[^\`]*\`|'[^'\\n]*'|\\[)`).exec(source)?.groups?.text;
  return declared !== undefined && !declared.includes('${');
}

describe('programs are started with arguments, never through a shell', () => {
  it('in every file of the product', () => {
    const files = productFiles();
    const wrong = files.flatMap((file) => wrongIn(read(file)).map((what) => `${file} ${what}`));
    assert.deepEqual(wrong.toSorted(), Object.keys(excused).toSorted());
    assert.ok(
      files.some((file) => read(file).includes('node:child_process')),
      'the check must see those that start programs',
    );
  });

  it('and a file that did otherwise would be noticed', () => {
    for (const source of [
      "import { exec } from 'node:child_process';",
      "import { execSync, spawn } from 'child_process';",
      "import * as programs from 'node:child_process';",
      "const { exec } = await import('node:child_process');",
      "spawn('ls', [name], { shell: true })",
      "spawn('sh', ['-c', `ls $" + '{name}`])',
      'const script = `ls $' + "{name}`;\nspawn('bash', ['-c', script])",
      "spawn('sh', ['-c', command])",
      'eval(text)',
    ])
      assert.notDeepEqual(wrongIn(source), [], source);
    for (const source of [
      "import { execFile, spawn } from 'node:child_process';",
      "const script = 'ls \"$1\"';\nspawn('sh', ['-c', script, 'sh', name])",
      '/a(b)/.exec(text)',
    ])
      assert.deepEqual(wrongIn(source), [], source);
  });
});
