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
    assert.deepEqual(cycles(), []);
  });

  it('names no hypervisor outside its profile', () => {
    assert.deepEqual(
      files.filter((file) => !exempt.test(file)).flatMap((file) => namesIn(file)),
      [],
    );
  });
});

/** Groups of files that import each other (Tarjan's strongly connected components). */
function cycles(): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1 || graph.get(file)?.includes(file)) found.push(group);
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return found;
}

/** The profiles, the catalogue's one line each, the lab's kinds of hosts, CloudStack's own strings, libvirt's own program and driver names, and a system VM's buses. */
const exempt =
  /hypervisor\/src\/(kvm|xen|catalogue)\.ts$|^lab\/kinds\.ts$|contract\/src\/names\.ts$|libvirt\/src\/(address|procedures.*|constants.*)(\.ts$|\/)|systemvm\/src\/channel\//;

/** QEMU's tools, protocols and files, libvirt's own service names, and a Linux guest's drivers are not hypervisors. */
const notNames =
  /xen-(blk|net)front|qemu-(img|ga|nbd|io|utils|system-[a-z0-9_]+)|org\.qemu\.guest_agent|QEMU_|\/dev\/kvm|virt(qemu|xen)d|grub-xen-host/g;

function namesIn(file: string): string[] {
  const code = read(file).replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
  return code.split('\n').flatMap((line, number) => {
    const bare = line.replace(/(^|\s)\/\/.*$/, '').replace(notNames, '');
    return /\b(kvm|qemu|xen[a-z]*|libxl)\b/i.test(bare) ? [`${file}:${number + 1}: ${line.trim()}`] : [];
  });
}
