import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import type { Admin, ApiClient } from '../../packages/cli/src/api-client.ts';

/** A guest's serial console as an API client gets it. */
export type Console = {
  /** All that was read so far. */
  text(): string;
  /** Waits until what was read since the last wait matches. */
  expect(pattern: RegExp, timeoutMs?: number): Promise<string>;
  type(text: string): void;
  close(): void;
  /** Why the other side ended it. */
  readonly closed: Promise<string>;
};

export async function openConsole(api: ApiClient, admin: Admin, id: string): Promise<Console> {
  const endpoint = await api.one('createConsoleEndpoint', { virtualmachineid: id });
  const { host, port, path, token } = endpoint.websocket!;
  const url = `wss://${host}:${port}/${path!.replace(/^\//, '')}?token=${encodeURIComponent(token!)}`;
  const socket = new WebSocket(url, { ca: readFileSync(admin.cacertificate) });
  let all = '';
  let seen = 0;
  let changed = (): void => {};
  socket.on('message', (data: Buffer) => {
    all += data.toString('utf8');
    changed();
  });
  let end: string | undefined;
  const closed = new Promise<string>((resolve) =>
    socket.on('close', (code, reason) => {
      end = `${code} ${reason}`;
      resolve(end);
      changed();
    }),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    text: () => all,
    closed,
    type: (text) => socket.send(Buffer.from(text)),
    close: () => socket.close(),
    expect: async (pattern, timeoutMs = 90_000) => {
      const until = performance.now() + timeoutMs;
      for (;;) {
        const found = pattern.exec(all.slice(seen));
        if (found) {
          seen += found.index + found[0].length;
          return found[0];
        }
        if (end !== undefined) throw new Error(`the console ended (${end}) before it showed ${pattern}`);
        const left = until - performance.now();
        if (left <= 0)
          throw new Error(`the console did not show ${pattern} within ${timeoutMs / 1000} s. It showed:\n${all.slice(-2000)}`);
        await waitChange(left);
      }
    },
  };
  function waitChange(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Logs in on the small template's console, and sees the address that was promised. */
export async function logIn(console: Console, address: string): Promise<void> {
  await console.expect(/login:/);
  console.type('tiny\n');
  await console.expect(/[Pp]assword:/);
  console.type('tiny\n');
  await console.expect(/[$#] /);
  console.type('ip -4 addr show eth0; echo do""ne\n');
  await console.expect(new RegExp(`inet ${address}/`));
  await console.expect(/done/);
}
