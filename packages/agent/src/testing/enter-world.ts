import { spawn } from 'node:child_process';
import { worldCommand } from '../../../../test/world.ts';

/**
 * Runs this test file in a world with a real libvirtd, where its own sockets, bridges and guests live too: outside of one it starts itself anew
 * inside and goes with it. The tests' results travel over the standard output that both share.
 */
export const enterWorld = async (file: string): Promise<void> => {
  if (process.env.VIRTSTACK_WORLD) return;
  const [command, ...args] = worldCommand([process.execPath, ...process.execArgv, file], { libvirtd: true });
  const child = spawn(command!, args, { stdio: 'inherit' });
  // The world ends with its first process, whatever ends us.
  process.once('exit', () => child.kill('SIGKILL'));
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
  process.exit(await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1))));
};
