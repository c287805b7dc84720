import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from './run.ts';

/** A kernel's modules: `closure` gives the files (below `directory`) that the named modules need, in an order in which they load. */
export type Modules = { readonly version: string; readonly directory: string; closure(names: readonly string[]): string[] };

const canonical = (file: string): string =>
  basename(file)
    .replace(/\.ko(\..*)?$/, '')
    .replaceAll('-', '_');

/** Reads the modules of an unpacked kernel package. @throws from `closure` for a name that the kernel has neither as a module nor built in. */
export const readModules = async (root: string, version: string, busybox: string): Promise<Modules> => {
  const directory = join(root, 'lib/modules', version);
  await run([busybox, 'depmod', '-b', root, version]);
  const lines = (await readFile(join(directory, 'modules.dep'), 'utf8')).trim().split('\n');
  const needs = new Map(lines.map((line) => [canonical(line.split(':')[0]!), line.replace(':', '').trim().split(/\s+/)]));
  const builtIn = new Set((await readFile(join(directory, 'modules.builtin'), 'utf8')).trim().split('\n').map(canonical));
  const closure = (names: readonly string[]): string[] => {
    const ordered = new Set<string>();
    const add = (name: string): void => {
      if (builtIn.has(name)) return;
      const files = needs.get(name);
      if (!files) throw new Error(`The kernel ${version} has no module ${name}.`);
      for (const dependency of files.slice(1)) if (!ordered.has(dependency)) add(canonical(dependency));
      ordered.add(files[0]!);
    };
    for (const name of names) add(canonical(name));
    return [...ordered];
  };
  return { version, directory, closure };
};
