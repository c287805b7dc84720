import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { readParameters } from './parameters.ts';
import { expiry, isSigned, mannerOf } from './signature.ts';
import { mannersOf, signedRequest } from './signed-text.ts';

const secret = 'VDaACYb0LV9eNjTetIOElcVQkvJck_J_QljX_FcHRj87ZKiy0z0ty0ZsYBkoXkY9b7eq1EhwJaw7FF3akA3KBQ';
const hmac = (text: string): string => createHmac('sha1', secret).update(text.toLowerCase()).digest('base64');
const signedWith = (query: string, signature: string): boolean =>
  isSigned(readParameters(`${query}&signature=${encodeURIComponent(signature)}`, ''), secret);

test('the example of CloudStack’s own documentation verifies', () => {
  const query =
    'apikey=plgWJfZK4gyS3mOMTVmjUVg-X-jlWlnfaUJ9GAbBbf9EdM-kAYMmAiLqzzq1ElZLYq_u38zCm0bewzGUdP66mg&command=listUsers&response=json';
  assert.equal(signedWith(query, 'TTpdDq/7j/J58XCRHomKoQXEQds='), true);
  assert.equal(signedWith(query, 'TTpdDq/7j/J58XCRHomKoQXEQdS='), false);
  assert.equal(signedWith(`${query}&page=1`, 'TTpdDq/7j/J58XCRHomKoQXEQds='), false);
});

/** How clients write a value: what they put into the signature, and into the address. */
const habits: Record<string, { sign(value: string): string; order?: 'raw' | 'lower' }> = {
  'Java, the reference': { sign: (v) => escaped(v, /[!'()~]/g) },
  'cs for Python, and cloudstack-go,': { sign: (v) => escaped(v, /[!'()]/g) },
  CloudMonkey: { sign: (v) => escaped(v, /[!'()*]/g) },
  csclient: { sign: (v) => encodeURIComponent(v).replace(/\*/g, '%2A') },
  'older libcloud': { sign: (v) => withBrackets(escaped(v, /[!'()*]/g)), order: 'lower' },
  libcloud: { sign: (v) => withBrackets(escaped(v, /[!'()]/g)), order: 'lower' },
  'JavaScript by itself': { sign: encodeURIComponent },
};
const escaped = (value: string, more: RegExp): string =>
  encodeURIComponent(value).replace(more, (c) => `%${c.charCodeAt(0).toString(16)}`);
const withBrackets = (text: string): string => text.replace(/%5B/gi, '[').replace(/%5D/gi, ']');

type Pairs = readonly (readonly [string, string])[];
/** How a request arrives: in the address or in the form, encoded for a part of an address (`%20`) or as a form is (`+`), or in both parts. */
const arrivals: Record<string, (pairs: Pairs) => readonly [string, string]> = {
  'in the address': (pairs) => [
    pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&'),
    '',
  ],
  'in the address, encoded as a form': (pairs) => [formOf(pairs), ''],
  'in the form': (pairs) => ['', formOf(pairs)],
  'its command in the address, the rest in the form': (pairs) => [formOf(pairs.slice(0, 1)), formOf(pairs.slice(1))],
};
const formOf = (pairs: Pairs): string => new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();

/** What a client of that habit signs. */
function signatureOf({ sign, order }: (typeof habits)[string], pairs: Pairs): string {
  const key = (name: string): string => (order === 'lower' ? name.toLowerCase() : name);
  const sorted = pairs.toSorted(([a], [b]) => (key(a) < key(b) ? -1 : 1));
  return hmac(sorted.map(([name, value]) => `${name}=${sign(value)}`).join('&'));
}

function expectVerified(pairs: Pairs, signature: string): void {
  const other = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
  for (const [way, arrive] of Object.entries(arrivals))
    for (const [given, verified] of [
      [signature, true],
      [other, false],
    ] as const)
      assert.equal(isSigned(readParameters(...arrive([...pairs, ['signature', given]])), secret), verified, way);
}

for (const [client, habit] of Object.entries(habits)) {
  test(`a request is verified as ${client} signs it, whatever its values are and however it arrives`, () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{0,8}(\[\d\]\.[a-z]{1,6})?$/), {
      minLength: 1,
      maxLength: 6,
      selector: (n) => n.toLowerCase(),
    });
    fc.assert(
      fc.property(names, fc.array(fc.string({ unit: 'grapheme' }), { minLength: 6, maxLength: 6 }), (keys, texts) => {
        const pairs = keys
          .filter((key) => key.toLowerCase() !== 'signature')
          .map((key, i) => [key, texts[i]!.replaceAll('\0', '')] as const);
        expectVerified(pairs, signatureOf(habit, pairs));
      }),
      { numRuns: 100 },
    );
  });

  test(`a long request is verified as ${client} signs it`, () => {
    const userData = Buffer.from('#cloud-config\n'.repeat(8_000)).toString('base64');
    const pairs = [
      ['command', 'deployVirtualMachine'],
      ['userdata', userData],
      ['name', "~*[x] !'()+é"],
      ['details[0].a', '~'],
    ] as const;
    expectVerified(pairs, signatureOf(habit, pairs));
  });
}

test('a signature whose plus signs came as spaces verifies', () => {
  let [n, signature] = [0, ''];
  while (!signature.includes('+')) signature = hmac(`command=listZones&n=${++n}`);
  assert.equal(isSigned(readParameters('', `command=listZones&n=${n}&signature=${signature}`), secret), true);
});

test('a request is tried in few manners where its text is long, and the manner of the client’s last request first', () => {
  const pairs = 'B=1&a=2&x[0].y=3';
  const manners = (value: string) => mannersOf(signedRequest(readParameters('', `${pairs}&q=${value}`)));
  assert.equal(manners("!~*['").length, 64);
  assert.equal(manners("!~*['".repeat(100_000)).length, 28);
  assert.equal(manners('aB3/'.repeat(500_000)).length, 4, 'orders and names: no value has a doubtful character');
});

test('the manner in which a request was signed is told, so that the next one is tried in it first', () => {
  const text = "a=~*&b=!'()";
  const signed = (of: string) => readParameters(`${text}&signature=${encodeURIComponent(hmac(of))}`, '');
  const odd = mannerOf(signed("a=%7e*&b=!'()"), secret);
  assert.deepEqual(odd, { literal: 0b1010, order: 'lower', names: 'plain' });
  assert.deepEqual(mannerOf(signed("a=%7e*&b=!'()"), secret, odd), odd);
  assert.deepEqual(mannerOf(signed('a=%7e*&b=%21%27%28%29'), secret, odd), { literal: 0b0010, order: 'lower', names: 'plain' });
});

test('dates of expiry are read in every form that clients send, and in no other', () => {
  const at = Date.UTC(2026, 10, 23, 6, 17, 1);
  for (const text of [
    '2026-11-23T06:17:01+0000',
    '2026-11-23T06:17:01Z',
    '2026-11-23T06:17:01+00:00',
    '2026-11-23T08:17:01+0200',
    '2026-11-23T06:17:01.000Z',
  ])
    assert.equal(expiry(text), at, text);
  for (const text of ['', 'soon', '2026-11-23', '2026-11-23T06:17:01', '2026-11-23T06:17:01 0000', '2026-99-23T06:17:01Z'])
    assert.ok(Number.isNaN(expiry(text)), text);
});
