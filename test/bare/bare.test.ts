import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root as checkout } from '@virtstack/shell/places.ts';
import { worldCommand } from '../world.ts';

const execute = promisify(execFile);
const enter = fileURLToPath(new URL('./enter.sh', import.meta.url));
type Said = { readonly code: number; readonly text: string };

/** Runs a program to its end; never rejects. */
const run = async (argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Said> => {
  try {
    const { stdout, stderr } = await execute(argv[0]!, argv.slice(1), { encoding: 'utf8', maxBuffer: 1 << 28, env });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: code ?? 1, text: `${stdout}${stderr}` };
  }
};

/**
 * The README's command on a Debian that has nothing but Node.js, npm and git, cloned into /root, which nobody else may enter. What it installs comes
 * over the network; the cloud itself then starts in a world without one, so that this machine's network is left alone.
 */
describe('a bare Debian', () => {
  const root = mkdtempSync('/var/tmp/virtstack-bare-');
  const outside = (...argv: string[]): Promise<Said> => run(['unshare', '--mount', '--pid', '--fork', enter, root, ...argv]);
  const inWorld = (...argv: string[]): Promise<Said> => run(worldCommand([enter, root, ...argv], { libvirtd: false }));

  before(async () => {
    chmodSync(root, 0o755);
    // npm's own packages cannot be configured in debootstrap's order: apt puts that right.
    await run([
      'debootstrap',
      '--variant=minbase',
      '--include=ca-certificates',
      'bookworm',
      root,
      'http://deb.debian.org/debian',
    ]);
    const apt = await outside(
      'sh',
      '-c',
      'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends git nodejs npm',
    );
    assert.equal(apt.code, 0, apt.text.slice(-2000));
    const clone = await run(['git', 'clone', '-q', checkout, `${root}/root/virtstack`]);
    assert.equal(clone.code, 0, clone.text);
    writeFileSync(
      `${root}/root/tiny.mjs`,
      "const { makeTiny } = await import('/root/virtstack/packages/cli/src/tiny.ts'); await makeTiny();\n",
    );
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('gets everything that is missing from one command', async () => {
    // An address that this machine does not have stops it after the installation.
    const { code, text } = await outside('/root/virtstack/virtstack', 'up', '--listen', '203.0.113.1:8443');
    assert.match(text, /installing \d+ Debian packages/);
    assert.match(text, /203\.0\.113\.1 is not an address of this machine/, text.slice(-2000));
    assert.equal(code, 1);
    const tiny = await outside('/root/virtstack/node_modules/.bin/node', '/root/tiny.mjs');
    assert.equal(tiny.code, 0, tiny.text.slice(-2000));
  });

  it('runs the cloud, and a guest in it; purging leaves nothing', async () => {
    const script = `
      set -e
      cd /root/virtstack
      ./virtstack up --listen 127.0.0.1:8443 --detach
      ./virtstack status
      node_modules/.bin/node -e "import('/root/virtstack/test/bare/deploy.ts')"
      virsh list
      ./virtstack down --purge`;
    const { code, text } = await inWorld('bash', '-c', script);
    assert.equal(code, 0, text.slice(-4000));
    assert.match(text, /host .*: Up/);
    assert.match(text, /i-\d+-\d+-VM +running/);
    assert.equal(existsSync(`${root}/var/lib/virtstack`), false);
  });
});
