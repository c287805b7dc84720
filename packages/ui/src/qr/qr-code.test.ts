import assert from 'node:assert/strict';
import test from 'node:test';
import { versionFor } from './code-words.ts';
import { type QrCode, qrCode } from './qr-code.ts';
import { textIn } from './testing/read.ts';

const secret = 'otpauth://totp/virtstack:ann?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=virtstack';
const texts = [...Array.from({ length: 42 }, (_, i) => 'aB3 '.repeat(i * 3).slice(0, i * 10)), secret, 'Zürich → 東京'];

test('what is drawn is what is read, in every size', () => {
  const sizes = new Set<number>();
  for (const text of texts) {
    const code = qrCode(text);
    assert.ok(code, text);
    sizes.add(code.length);
    assert.equal(textIn(code), text);
  }
  assert.equal(sizes.size, 15);
});

test('a text that is too long for a picture has none', () => {
  assert.equal(versionFor(412), 15);
  assert.equal(qrCode('x'.repeat(413)), undefined);
});

const drawn = (code: QrCode, from: number, to: number): readonly string[] =>
  code.slice(from, to).map((line) =>
    line
      .slice(from, to)
      .map((is) => (is ? '#' : '.'))
      .join(''),
  );

test('the corner that says where the code is looks as the standard has it', () => {
  assert.deepEqual(drawn(qrCode('x') ?? [], 0, 7), ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######']);
});
