import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { worldCommand } from '../../../../../test/world.ts';

/**
 * Runs this test file in a world of its own (network, /etc, /run; no libvirtd), where it may make users, listen and fill disks: outside of one it starts
 * itself anew inside and goes with it.
 */
export async function enterOwnWorld(file: string): Promise<void> {
  if (process.env.VIRTSTACK_WORLD) return furnish();
  const [command, ...args] = worldCommand([process.execPath, ...process.execArgv, file], { libvirtd: false });
  const child = spawn(command!, args, { stdio: 'inherit' });
  // The world ends with its first process, whatever ends us.
  process.once('exit', () => child.kill('SIGKILL'));
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
  process.exit(await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1))));
}

export const sh = (script: string): string =>
  execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The machine's own /opt and /var/lib/virtstack are not touched, root's own profile is not read; names are found in /etc/hosts or not at all. */
function furnish(): void {
  sh(
    'mount -t tmpfs -o mode=755 tmpfs /opt; mkdir -p /run/sshd /run/virtstack && mkdir -p /var/lib/virtstack && mount --bind /run/virtstack /var/lib/virtstack',
  );
  sh('mkdir -p -m 700 /run/root && sed -i "s#^root:\\([^/]*\\):[^:]*:#root:\\1:/run/root:#" /etc/passwd');
  writeFileSync('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n');
}
