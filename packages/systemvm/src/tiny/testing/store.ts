import type { Socket } from 'node:net';

const [READ, ERROR] = [2, 16];

/** Answers on the socket as Xen's store does (xs_wire.h: type, request, transaction, length; then so many bytes), from `values`. */
export const serveStore = (socket: Socket, values: Readonly<Record<string, string>>): void => {
  let asked = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    asked = Buffer.concat([asked, chunk]);
    while (asked.length >= 16 && asked.length >= 16 + asked.readUInt32LE(12)) {
      const header = asked.subarray(0, 16);
      const path = asked.toString('latin1', 16, 16 + asked.readUInt32LE(12));
      asked = asked.subarray(16 + path.length);
      const known = header.readUInt32LE(0) === READ && path.endsWith('\0') && values[path.slice(0, -1)];
      const answer = Buffer.from(known || 'ENOENT\0', 'latin1');
      const reply = Buffer.from(header);
      reply.writeUInt32LE(known ? READ : ERROR, 0);
      reply.writeUInt32LE(answer.length, 12);
      socket.write(reply);
      socket.write(answer);
    }
  });
};
