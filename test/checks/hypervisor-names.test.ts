import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { productFiles, read, scriptFiles } from './sources.ts';

/** The profiles, the catalogue's one line each, the lab's kinds of hosts, CloudStack's own strings, libvirt's own program and driver names, and a system VM's buses. */
const exempt =
  /hypervisor\/src\/(kvm|xen|catalogue)\.ts$|^lab\/kinds\.ts$|contract\/src\/names\.ts$|libvirt\/src\/(address|procedures.*|constants.*)(\.ts$|\/)|systemvm\/src\/channel\//;

/** QEMU's tools, protocols and files, libvirt's own service names, GRUB's platform and a Linux guest's drivers are not hypervisors. */
const notNames =
  /xen-(blk|net)front|grub_platform" = xen|qemu(Img|Options)\b|qemu-(img|ga|nbd|io|utils|system-[a-z0-9_]+)|org\.qemu\.guest_agent|QEMU_|\/dev\/kvm|virt(qemu|xen)d|grub-xen-host/g;

/** A string (kept), or a comment (not looked at). */
const stringOrComment =
  /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|(?<=^|[\s({[,;])(?:\/\*[\s\S]*?\*\/|\/\/[^\n]*)/gm;
const withoutComments = (code: string): string =>
  code.replace(stringOrComment, (all, string?: string) => string ?? all.replace(/[^\n]/g, ' '));
const withoutHashes = (script: string): string => script.replace(/(?<=^|\s)#[^\n]*/gm, '');

/** The lines in which a hypervisor is named, also within a name (`isXen`, `xen_label`). */
function namesIn(code: string): string[] {
  return code.split('\n').flatMap((line, number) => {
    const words = line
      .replace(notNames, '')
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .replaceAll('_', ' ');
    return /\b(kvm|qemu|xen|libxl)/i.test(words) ? [`${number + 1}: ${line.trim()}`] : [];
  });
}

const found = (files: readonly string[], bare: (text: string) => string): string[] =>
  files.filter((file) => !exempt.test(file)).flatMap((file) => namesIn(bare(read(file))).map((line) => `${file}:${line}`));

describe('a hypervisor is named nowhere but in its profile', () => {
  it('neither in code of any package, nor in the lab', () => {
    const files = productFiles();
    for (const folder of ['packages/ui/src/', 'packages/cli/src/', 'packages/server/src/', 'packages/agent/src/', 'lab/'])
      assert.ok(
        files.some((file) => file.startsWith(folder)),
        `the check must see ${folder}`,
      );
    assert.deepEqual(found(files, withoutComments), []);
  });

  it('nor in scripts, pages and styles', () => {
    const files = scriptFiles();
    for (const file of ['virtstack', 'packages/ui/src/index.html', 'packages/systemvm/src/tiny/rootfs/lib/tiny/boot'])
      assert.ok(files.includes(file), `the check must see ${file}`);
    assert.deepEqual(found(files, withoutHashes), []);
  });

  it('and where it were, it would be found', () => {
    const named = [
      "if (type === 'KVM')",
      'host.isXen()',
      'const kvmHosts = 1;',
      'x.xen_label',
      '`$a XenServer`',
      "['libxl']",
      '<b>Qemu</b>',
    ];
    for (const line of named) assert.equal(namesIn(withoutComments(line)).length, 1, line);
    const free = [
      '// on Xen',
      'a(); // KVM',
      '/** Xen\n * KVM */',
      "run('qemu-img')",
      "open('/dev/kvm')",
      'org.qemu.guest_agent.0',
    ];
    for (const line of free) assert.deepEqual(namesIn(withoutComments(line)), [], line);
    assert.equal(namesIn(withoutComments("f('a/*'); isXen(); g('*/')")).length, 1, 'a string begins no comment');
    assert.equal(namesIn(withoutComments("'https://a' + xen")).length, 1, 'an address is no comment');
  });
});
