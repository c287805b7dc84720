import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readXml } from './read.ts';
import { type XmlElement, XmlError } from './tree.ts';
import { writeXml } from './write.ts';

const node = (name: string, attributes: Record<string, string> = {}, ...children: XmlElement['children']): XmlElement => ({
  name,
  attributes,
  children,
});

test('a document is indented, and quoted as libvirt quotes it', () => {
  const document = node(
    'domain',
    { type: 'test' },
    node('name', {}, 'a & b'),
    node('devices', {}, node('disk', { note: `it's "<here>"\n` })),
  );
  assert.equal(
    writeXml(document),
    `<domain type='test'>
  <name>a &amp; b</name>
  <devices>
    <disk note='it&apos;s &quot;&lt;here&gt;&quot;&#10;'/>
  </devices>
</domain>
`,
  );
});

test('any text that XML can carry comes back as it was, from attribute and content', () => {
  const text = fc.string({ unit: 'binary' }).filter((each) => !/\p{Cc}|[\ufffe\uffff]/u.test(each.replace(/[\t\n\r]/g, '')));
  fc.assert(
    fc.property(text, text, (value, content) => {
      const document = node('a', { value }, ...(content === '' ? [] : [content]));
      assert.deepEqual(readXml(writeXml(document)), document);
    }),
  );
});

test('control characters and lone surrogates are refused, with the place', () => {
  for (const bad of ['\u0000', 'a\u0001', '\u001f', '\ufffe', '\ud800', 'x\udc00y']) {
    assert.throws(
      () => writeXml(node('a', {}, node('b', { c: bad }))),
      (error) => error instanceof XmlError && error.path === 'a/b/@c',
    );
    assert.throws(
      () => writeXml(node('a', {}, node('b', {}, bad))),
      (error) => error instanceof XmlError && error.path === 'a/b',
    );
  }
});

test('what is no name is refused as an element and as an attribute', () => {
  for (const bad of ['', 'a b', 'a>', '1a', 'a/', "a='", 'a:b:c', '<a']) {
    assert.throws(() => writeXml(node(bad)), XmlError, bad);
    assert.throws(() => writeXml(node('a', { [bad]: '' })), XmlError, bad);
  }
});
