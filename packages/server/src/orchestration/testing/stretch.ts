import { connect, createServer, type Socket } from 'node:net';
import { after } from 'node:test';

/** A stretch of network between a host and a server, which can be cut. */
export type Stretch = {
  readonly port: number;
  /** From now on nothing gets through, either way or this way alone, and nobody is told. */
  stall(way?: 'to the server' | 'to the host'): void;
  /** Those of now are told that their connection is gone, new ones pass. */
  mend(): void;
  /** New connections pass; those of now stay as dead as they are. */
  pass(): void;
};

const open = new Set<Socket>();
const servers: ReturnType<typeof createServer>[] = [];
after(() => {
  for (const server of servers) server.close();
  for (const socket of open) socket.destroy();
});

export async function startStretch(port: number): Promise<Stretch> {
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect(port, '127.0.0.1');
    const pair = { near, far };
    pairs.add(pair);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('data', (data: Buffer) => void other.write(data));
      one.on('error', () => {});
      one.once('close', () => {
        open.delete(one);
        pairs.delete(pair);
        other.destroy();
      });
    }
    near.resume();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    stall(way) {
      for (const { near, far } of pairs) {
        if (way !== 'to the host') near.pause();
        if (way !== 'to the server') far.pause();
      }
    },
    mend() {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
    },
    pass() {
      pairs.clear();
    },
  };
}
