import { Duplex } from 'node:stream';
import { protocolError, serverError } from './error.ts';
import { CONTINUE, ERROR, type Message, OK, STREAM_HOLE } from './message.ts';
import type { Named, Procedure } from './procedure.ts';
import type { CallOptions, Session } from './session.ts';
import { remoteError } from './wire-types.ts';
import { decode } from './xdr.ts';

/** The most bytes that travel in one packet towards the daemon. */
const PACKET_MAX = 1_048_576;
const EMPTY = Buffer.alloc(0);

/**
 * Calls a procedure that opens a stream and gives its bytes as a Duplex. The stream takes the whole session: a slow reader slows
 * the daemon down by not reading the socket, which would stall every other call; so the session should have been opened for it (without keepalive,
 * which a paused reader could not answer), and is closed when the stream is. `end` is emitted, and end() called back, once the daemon has
 * confirmed that all went well; else `error`. destroy() aborts.
 */
export const openStream = async <A>(
  session: Session,
  procedure: Named<Procedure<A>>,
  args: A,
  options: CallOptions = {},
): Promise<Duplex> => {
  const stream = packetStream(session, procedure);
  try {
    await session.openStream(procedure, args, stream, options);
    return stream.duplex;
  } catch (error) {
    stream.duplex.destroy();
    throw error;
  }
};

const packetStream = (session: Session, procedure: Named<Procedure>) => {
  let serial = 0;
  const finish = finishing(() => session.sendPacket(procedure, serial, OK, EMPTY));

  const duplex = new Duplex({
    ...sides(procedure),
    allowHalfOpen: procedure.stream !== 'both',
    read: () => session.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      for (let at = 0; at < chunk.length; at += PACKET_MAX) {
        const packet = chunk.subarray(at, at + PACKET_MAX);
        session.sendPacket(procedure, serial, CONTINUE, packet, at + PACKET_MAX < chunk.length ? undefined : done);
      }
      if (chunk.length === 0) done();
    },
    final: (done) => {
      finish.begin().then(() => done(), done);
    },
    destroy: (error, done) => {
      session.close('the stream was closed');
      done(error);
    },
  });
  session.ended.then((error) => duplex.destroy(error));

  const received = (bytes: Buffer) => {
    if (bytes.length > 0 && !duplex.push(bytes)) session.pause();
    // An empty packet is the daemon's end of file; it waits for our confirmation and then gives its own.
    if (bytes.length === 0) finish.begin();
  };
  const opened = (number: number) => {
    serial = number;
  };
  const packet = ({ type, status, payload }: Message) => {
    if (type === STREAM_HOLE) duplex.destroy(protocolError('a hole in a stream that was not opened as sparse', procedure.name));
    else if (status === CONTINUE) received(payload);
    else if (status === ERROR) duplex.destroy(serverError(decode(remoteError, payload), procedure.name));
    else {
      finish.confirmed();
      if (procedure.stream !== 'upload') duplex.push(null);
      session.resume();
    }
  };
  return { duplex, packet, opened };
};

const sides = ({ stream }: Named<Procedure>) => ({ readable: stream !== 'upload', writable: stream !== 'download' });

/** Says once that we are done, and remembers whether the daemon confirmed it. */
const finishing = (say: () => void) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let begun = false;
  return {
    begin: (): Promise<void> => {
      if (!begun) say();
      begun = true;
      return promise;
    },
    confirmed: () => resolve(),
  };
};
