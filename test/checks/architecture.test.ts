import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { importsOf, packageOf, productFiles, read, target, wholeFiles } from './sources.ts';

/** DESIGN: the arrows between packages; no others exist. */
const packages: Record<string, readonly string[]> = {
  libvirt: [],
  hypervisor: ['libvirt'],
  contract: [],
  protocol: [],
  agent: ['protocol', 'hypervisor', 'libvirt'],
  systemvm: ['protocol'],
  server: ['contract', 'protocol'],
  ui: ['contract'],
  shell: [],
  lab: ['shell', 'hypervisor'],
  cli: ['libvirt', 'hypervisor', 'contract', 'protocol', 'agent', 'systemvm', 'server', 'ui', 'shell', 'lab'],
};
const arrows: typeof packages = {
  ...packages,
  test: Object.keys(packages),
  bench: [...Object.keys(packages), 'test'],
};

const files = productFiles();
const graph = new Map(
  [...files, ...wholeFiles()].map((file) => [file, importsOf(read(file)).flatMap((specifier) => target(file, specifier) ?? [])]),
);

describe('the architecture', () => {
  it('has no import between packages but along its arrows', () => {
    const wrong = [...graph].flatMap(([file, imports]) =>
      imports
        .filter((to) => packageOf(to) !== packageOf(file) && !arrows[packageOf(file)]!.includes(packageOf(to)))
        .map((to) => `${file} imports ${to}`),
    );
    assert.deepEqual(wrong, []);
    assert.ok(graph.size > 50, `the check must see the sources; it saw ${graph.size}`);
  });

  it('has no import cycle', () => {
    assert.deepEqual(cycles(graph), []);
  });

  it('has no circle among the folders of the pages: a form knows the instance that it is about, and not the other way round', () => {
    const inPages = [...graph].filter(([file]) => file.startsWith(pages));
    const folders = Map.groupBy(inPages, ([file]) => folderOf(file));
    const between = new Map(
      [...folders].map(([folder, of]) => [
        folder,
        of.flatMap(([, imports]) => imports.filter((to) => to.startsWith(pages)).map(folderOf)).filter((to) => to !== folder),
      ]),
    );
    assert.deepEqual(cycles(between), []);
    assert.ok(between.get('forms')?.includes('instances'), 'the check must see the folders');
  });
});

const pages = 'packages/ui/src/';
/** A file of the pages' root stands for itself. */
const folderOf = (file: string): string => file.slice(pages.length).split('/')[0]!;

/** Groups that import each other (Tarjan's strongly connected components). */
function cycles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const next of imports.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1 || imports.get(file)?.includes(file)) found.push(group);
  };
  for (const file of imports.keys()) if (!index.has(file)) visit(file);
  return found;
}
