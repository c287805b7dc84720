import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createWorld, requireWorld, worldCommand } from './world.ts';

const guest = `<domain type='qemu'><name>small</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os><devices><serial type='pty'><log file='/var/log/libvirt/qemu/small-serial.log'/></serial></devices></domain>`;

test('a guest starts under a libvirtd that only the world sees', async () => {
  await using world = await createWorld({ libvirtd: true });
  const defined = await world.run(['sh', '-c', 'cat >/run/small.xml && virsh define /run/small.xml'], { input: guest });
  assert.equal(defined.code, 0, defined.stderr);
  const started = await world.run(['virsh', 'start', 'small']);
  assert.equal(started.code, 0, started.stderr);
  assert.equal((await world.run(['virsh', 'list', '--name'])).stdout.trim(), 'small');
  assert.ok(!readdirSync('/etc/libvirt/qemu').includes('small.xml'), 'the definition leaked to the machine');
});

test('two worlds do not see each other, nor their networks', async () => {
  await using one = await createWorld();
  await using two = await createWorld();
  assert.equal((await one.run(['ip', 'link', 'add', 'br9', 'type', 'bridge'])).code, 0);
  assert.equal((await one.run(['ls', '/sys/class/net/br9/bridge'])).code, 0);
  assert.notEqual((await two.run(['ip', 'link', 'show', 'br9'])).code, 0);
});

test('what runs in a world ends with it', async () => {
  const world = await createWorld();
  const child = world.spawn(['sh', '-c', 'sleep 1000 & echo $!; wait'], { stdio: 'pipe' });
  await new Promise((resolve) => child.stdout!.once('data', resolve));
  const closed = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  await world.dispose();
  assert.ok([137, 'SIGKILL'].includes((await closed) as string | number));
});

test('an orphan in a world is reaped', async () => {
  await using world = await createWorld();
  await world.run(['sh', '-c', '(sh -c : &) ']);
  for (let zombies = 1; zombies > 0; ) {
    const list = await world.run(['ps', '-eo', 'stat']);
    zombies = list.stdout.split('\n').filter((line) => line.startsWith('Z')).length;
  }
});

test('input, environment, working directory and exit code reach a command', async () => {
  await using world = await createWorld();
  const result = await world.run(['sh', '-c', 'cat; echo $WORD $VIRTSTACK_WORLD; pwd; exit 7'], {
    input: 'in ',
    env: { WORD: 'word' },
    cwd: '/usr',
  });
  assert.deepEqual(result, { code: 7, stdout: 'in word 1\n/usr\n', stderr: '' });
});

test('a test file run inside a world keeps its counts and its exit code', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'world-'));
  try {
    const file = join(folder, 'inner.test.mjs');
    writeFileSync(
      file,
      `import {test} from 'node:test'; test('good', () => {}); test('bad', () => { throw new Error(process.env.VIRTSTACK_WORLD) });`,
    );
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const [command, ...args] = worldCommand([process.execPath, '--test', '--test-reporter=tap', file], { libvirtd: false });
    const result = spawnSync(command!, args, { env, encoding: 'utf8' });
    assert.equal(result.status, 1);
    assert.match(result.stdout, /^# pass 1\n# fail 1$/m);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('outside of a world the guard names the command to run', () => {
  assert.throws(() => requireWorld(), /node .*world\.ts node --test FILE/);
});
