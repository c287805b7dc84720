import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LibvirtError } from './error.ts';
import { CALL, head, MESSAGE_MAX, type Message, MessageReader, OK, PAYLOAD_MAX } from './message.ts';

const message = (serial: number, payload: Buffer): Message => ({
  program: 0x20008086,
  procedure: 1,
  type: CALL,
  serial,
  status: OK,
  payload,
});
const bytesOf = (each: Message): Buffer => Buffer.concat([head(each, each.payload.length), each.payload]);
const isProtocolError = (error: unknown): boolean => error instanceof LibvirtError && error.origin === 'protocol';

describe('the reader of messages', () => {
  it('finds the same messages however the bytes are cut', () => {
    const payloads = fc.array(fc.uint8Array().map((array) => Buffer.from(array)));
    fc.assert(
      fc.property(payloads, fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }), (payloads, cuts) => {
        const sent = payloads.map((payload, index) => message(index, payload));
        const stream = Buffer.concat(sent.map(bytesOf));
        const reader = new MessageReader();
        const received: Message[] = [];
        for (let at = 0, cut = 0; at < stream.length; cut += 1) {
          const size = cuts[cut % cuts.length]!;
          received.push(...reader.push(stream.subarray(at, at + size)));
          at += size;
        }
        assert.deepEqual(received, sent);
      }),
    );
  });

  it('takes a message of the greatest length', () => {
    const largest = message(1, Buffer.alloc(PAYLOAD_MAX, 7));
    const [received] = [...new MessageReader().push(bytesOf(largest))];
    assert.equal(received?.payload.length, PAYLOAD_MAX);
    assert.throws(() => head(largest, PAYLOAD_MAX + 1), isProtocolError);
  });

  it('refuses a length that cannot be, before the message has come', () => {
    for (const length of [0, 4, 27, MESSAGE_MAX + 5, 41_943_040, 0xffffffff]) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(length);
      assert.throws(() => [...new MessageReader().push(bytes)], isProtocolError, `${length}`);
    }
  });
});
