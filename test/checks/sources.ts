import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const repository = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');

/** The project's own TypeScript files, tests left out, relative to the root. */
export const productFiles = (): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'packages/*/src/*.ts', 'packages/*/src/*.tsx'], {
    cwd: repository,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter(
      (file) => existsSync(join(repository, file)) && !/\.(test|spec|test-data)\.tsx?$|\/(testing|testdata)(\/|\.ts$)/.test(file),
    );

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

export const packageOf = (file: string): string => file.split('/')[1]!;
