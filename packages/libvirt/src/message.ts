import { protocolError } from './error.ts';

/** What a message is: libvirt's virNetMessageType. */
export const CALL = 0;
export const REPLY = 1;
export const MESSAGE = 2;
export const STREAM = 3;
export const STREAM_HOLE = 6;

/** How a message went: libvirt's virNetMessageStatus. */
export const OK = 0;
export const ERROR = 1;
export const CONTINUE = 2;

/** Bytes before the payload: the length (which counts itself) and six numbers. */
const HEADER = 28;
/** The longest message that libvirt sends or accepts, in bytes. */
export const MESSAGE_MAX = 33_554_432;
export const PAYLOAD_MAX = MESSAGE_MAX - HEADER + 4;

export type Header = {
  readonly program: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
};
export type Message = Header & { readonly payload: Buffer };

/** The bytes of a message's head, to be sent right before its payload. */
export const head = ({ program, procedure, type, serial, status }: Header, payloadLength: number): Buffer => {
  if (payloadLength > PAYLOAD_MAX) throw protocolError(`a message of ${payloadLength} bytes, libvirt takes ${PAYLOAD_MAX}`);
  const bytes = Buffer.allocUnsafe(HEADER);
  bytes.writeUInt32BE(HEADER + payloadLength, 0);
  bytes.writeUInt32BE(program, 4);
  bytes.writeUInt32BE(1, 8);
  bytes.writeInt32BE(procedure, 12);
  bytes.writeInt32BE(type, 16);
  bytes.writeUInt32BE(serial, 20);
  bytes.writeInt32BE(status, 24);
  return bytes;
};

const parse = (bytes: Buffer): Message => ({
  program: bytes.readUInt32BE(4),
  procedure: bytes.readInt32BE(12),
  type: bytes.readInt32BE(16),
  serial: bytes.readUInt32BE(20),
  status: bytes.readInt32BE(24),
  payload: bytes.subarray(HEADER),
});

/** Cuts what arrives into messages; holds on to an unfinished one, and to no more. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #held = 0;

  /** Takes bytes, gives the messages that they complete; throws a protocol error at a length that cannot be. */
  *push(chunk: Buffer): Generator<Message> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= 4) {
      const length = this.#length();
      if (length < HEADER || length > MESSAGE_MAX + 4) throw protocolError(`a message cannot be ${length} bytes long`);
      if (this.#held < length) return;
      yield parse(this.#cut(length));
    }
  }

  #length(): number {
    const first = this.#chunks[0];
    if (first && first.length >= 4) return first.readUInt32BE(0);
    return this.#join().readUInt32BE(0);
  }

  #cut(length: number): Buffer {
    const first = this.#chunks[0];
    const bytes = first && first.length >= length ? first : this.#join();
    const rest = bytes.subarray(length);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#held -= length;
    return bytes.subarray(0, length);
  }

  #join(): Buffer {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }
}
