import { spawn } from 'node:child_process';
import { places } from './places.ts';
import { SetupError } from './setup-error.ts';

const WAIT_SECONDS = 300;

/**
 * Waits until no other set-up is at work on this host, one whose SSH connection broke, say. The lock goes with this process, however it ends.
 * @throws {SetupError} the other goes on.
 */
export const alone = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const args = ['--wait', String(WAIT_SECONDS), places.lock, 'sh', '-c', 'echo held; exec cat >/dev/null'];
    const holder = spawn('flock', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    holder.once('error', reject);
    holder.stdout.once('data', () => {
      // It must not keep this process alive; the kernel closes the pipe with it.
      holder.unref();
      for (const stream of [holder.stdin, holder.stdout]) (stream as unknown as { unref(): void }).unref();
      resolve();
    });
    holder.once('exit', () =>
      reject(
        new SetupError(
          `Another set-up has been at work on this host for more than ${WAIT_SECONDS / 60} minutes.`,
          `See which: fuser -v ${places.lock}`,
        ),
      ),
    );
  });
