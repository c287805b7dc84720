import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves one file over HTTP on loopback, under a port nobody knows before, until it is closed. */
export async function serveOnce(file: string): Promise<{ url: string; close(): void }> {
  const server = createServer((request, reply) => {
    if (request.url !== '/image.qcow2') return reply.writeHead(404).end();
    reply.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': statSync(file).size });
    createReadStream(file).pipe(reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/image.qcow2`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
