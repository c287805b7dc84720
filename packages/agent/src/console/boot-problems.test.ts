import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBootProblem, type Modes, showsLife } from './boot-problems.ts';
import { plainText } from './plain-text.ts';

const pv: Modes = {
  now: 'pv',
  others: [
    { name: 'pvh', ownLoader: false },
    { name: 'hvm', ownLoader: true },
  ],
};
const only: Modes = { now: 'hvm', others: [] };
const judged = (text: string, modes: Modes = pv, quietMs = 60_000): string | undefined =>
  findBootProblem(plainText(Buffer.from(text)), quietMs)?.(modes);

const menu = '\x1b[2J\x1b[1;1H\x1b[0;37;40mGNU GRUB  version 2.06-13\x1b[4;3H+-----+\x1b[5;3H| Debian |';

test('a kernel that GRUB cannot load: another mode or another compression', () => {
  assert.equal(
    judged(
      `Loading Linux ...\r\nerror: not xen image.\r\nerror: you need to load the kernel first.\r\n\r\nPress any key to continue...${menu}`,
    ),
    'GRUB cannot load this kernel in mode pv (not xen image): choose virtualizationMode=pvh or hvm, or a kernel compressed with gzip or xz.',
  );
});

test('a GRUB that found no menu waits at its prompt: only the image’s own boot loader can help', () => {
  const prompt = `${menu}\r\n\r\n   Minimal BASH-like line editing is supported.\r\n\r\ngrub> `;
  assert.equal(
    judged(prompt),
    'GRUB found no menu in the image in mode pv and waits at its prompt: choose virtualizationMode=hvm, or an image with /boot/grub/grub.cfg.',
  );
  assert.match(judged(prompt, only)!, /: use an image with/);
  assert.equal(judged(`${prompt}boot\r\nBooting`), undefined, 'somebody has typed there');
});

test('the prompt to which GRUB falls back says neither more nor sooner than what it said before', () => {
  const warnings = 'Welcome to GRUB!\r\nerror: no such device: /boot/xen/pvboot-x86_64.elf.\r\n';
  const prompt = `error: no such device: /grub/grub.cfg.\r\n${menu}\r\n   Minimal BASH-like line editing is supported.\r\n\r\ngrub> `;
  const unreadable = `${warnings}error: not xen image.\r\nerror: you need to load the kernel first.\r\n${prompt}`;
  assert.equal(judged(unreadable, pv, 10_000), undefined);
  assert.match(judged(unreadable, pv, 16_000)!, /^GRUB cannot load this kernel in mode pv \(not xen image\)/);
  for (const quiet of [10_000, 60_000])
    assert.match(judged(`${warnings}${prompt}`, pv, quiet)!, /^GRUB found no menu in the image in mode pv/);
});

test('what GRUB survives is no problem until its menu is back', () => {
  const survived =
    "error: file `/boot/grub/fonts/unicode.pf2' not found.\r\nerror: no suitable video mode found.\r\nBooting in blind mode\r\n";
  assert.equal(judged(survived), undefined);
  assert.match(judged(`${survived}${menu}`)!, /^GRUB could not boot the image in mode pv \(no suitable video mode found\.\)/);
});

test('firmware, kernel and initramfs that find no disk', () => {
  assert.match(
    judged('SeaBIOS\r\nBooting from Hard Disk...\r\nNo bootable device.\r\n', only)!,
    /firmware finds nothing .*No bootable device\./,
  );
  assert.match(
    judged(
      'Linux version 6.1\r\n[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n[    2.2] ---[ end',
    )!,
    /does not find its root disk \(VFS: Unable to mount root fs on unknown-block\(0,0\)\)/,
  );
  assert.match(judged('[ 3.0] Kernel panic - not syncing: Attempted to kill init!')!, /gave up \(Attempted to kill init!\)/);
  assert.match(
    judged('Gave up waiting for root file system device.  Common problems:\r\n(initramfs) ')!,
    /initramfs does not find/,
  );
});

test('a guest that goes on has no problem, nor one that was heard a moment ago', () => {
  assert.equal(judged('error: not xen image.\r\nLinux version 6.1.0\r\n'), undefined);
  assert.equal(judged('error: not xen image.', pv, 5_000), undefined);
  assert.equal(judged('Debian GNU/Linux 12 web ttyS0\r\n\r\nweb login: '), undefined);
  assert.equal(judged(''), undefined);
});

test('a reboot after a panic is life, and a panic after it is none', () => {
  assert.ok(showsLife('Kernel panic - not syncing: x\nLinux version 6\n'));
  assert.ok(!showsLife('Linux version 6\nKernel panic - not syncing: x\n'));
});

test('what a hostile guest writes is bounded, shown without control characters, and costs no time', () => {
  const evil = judged(`error: \x1b]0;title\x07\x1b[31m\u202e<b>${'x'.repeat(100_000)}\r\n${menu}`)!;
  assert.match(evil, /^GRUB could not boot the image in mode pv \(<b>x+\): /);
  assert.ok(evil.length < 500);
  const since = performance.now();
  for (const piece of [
    'error: x\n',
    'grub rescue>\n',
    '\x1b]',
    '\x1b[',
    'Kernel panic - not syncing: \r',
    'No bootable device',
    '\n ',
  ])
    judged(piece.repeat(65_536 / piece.length));
  assert.ok(performance.now() - since < 2_000);
});
