import { createServer } from 'node:net';
import { run } from '@virtstack/shell/run.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import type { HostPort } from './options.ts';

/** @throws {UserError} somebody else has the port (who, and what to say instead), or the address is not this machine's. */
export async function checkFree({ host, port }: HostPort, option: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (code === undefined) return;
  if (code === 'EADDRINUSE')
    throw new UserError(`port ${port} is already used${await user(port)}. Choose another with ${option} HOST:PORT.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    throw new UserError(
      `${host} is not an address of this machine. Choose one of its own with ${option} HOST:PORT, or 0.0.0.0 for all.`,
    );
  throw new UserError(`${host}:${port} cannot be listened on (${code}). Choose another with ${option} HOST:PORT.`);
}

async function user(port: number): Promise<string> {
  const { stdout } = await run(['ss', '-Hltnp', `sport = :${port}`]);
  const [, program, pid] = /\("([^"]+)",pid=(\d+)/.exec(stdout) ?? [];
  return program ? ` by ${program} (pid ${pid})` : '';
}
