import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const repository = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');

const listed = (...patterns: readonly string[]): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], {
    cwd: repository,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((file) => existsSync(join(repository, file)));

/** The project's own TypeScript files, tests left out, relative to the root. */
export const productFiles = (): string[] =>
  listed('packages/*/src/*.ts', 'packages/*/src/*.tsx', 'lab/*.ts').filter(
    (file) => !/\.(test|spec|test-data)\.tsx?$|\/(testing|testdata)(\/|\.ts$)/.test(file),
  );

/** What else the product consists of: shell, HTML, styles, the files of the small Linux. Not the recipe of the lab's image. */
export const scriptFiles = (): string[] =>
  listed('virtstack', '.ci/*', 'packages/*/src/*').filter((file) => !/\.tsx?$|\/(testing|testdata)\/|\.(svg|png)$/.test(file));

/** What tests and measures the whole: it may import what it likes, and nothing of the product imports it. */
export const wholeFiles = (): string[] => listed('test/*.ts', 'bench/*.ts');

/** What speaks to a real server in tests: the server's own tests and those of the whole cloud. */
export const apiTestFiles = (): string[] => listed('packages/server/src/*.test.ts', 'test/cloud/*.test.ts');

export const read = (file: string): string => readFileSync(join(repository, file), 'utf8');

/** The words after `from` and in `import(…)`. */
export const importsOf = (source: string): string[] =>
  [
    ...source.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);

/** The file that an import names, relative to the root; undefined for a library. */
export function target(file: string, specifier: string): string | undefined {
  const path = specifier.startsWith('.') ? join(repository, dirname(file), specifier) : workspacePath(specifier);
  return path && existsSync(path) && statSync(path).isFile() ? relative(repository, path) : undefined;
}

function workspacePath(specifier: string): string | undefined {
  const [, name, rest] = /^@virtstack\/([a-z]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  return name && join(repository, 'packages', name, 'src', rest ?? 'index.ts');
}

/** `packages/NAME/…` is of NAME; what lies elsewhere, of its first folder (`lab`). */
export const packageOf = (file: string): string => file.split('/')[file.startsWith('packages/') ? 1 : 0]!;
