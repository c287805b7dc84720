import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readXml } from './read.ts';
import { elementsOf, textOf, XmlError } from './tree.ts';

test('blank text between elements and comments are dropped, other text is kept', () => {
  const root = readXml(
    `<?xml version='1.0'?>\n<!-- WARNING --><a>\n  <b> x </b>\n  <!-- y --><c><![CDATA[<z>]]></c><d> </d>\n</a>\n`,
  );
  assert.deepEqual(
    elementsOf(root).map((child) => [child.name, textOf(child)]),
    [
      ['b', ' x '],
      ['c', '<z>'],
      ['d', ' '],
    ],
  );
  assert.equal(root.children.length, 3);
});

test('a prefix is resolved to its namespace', () => {
  const root = readXml(`<a xmlns:v='https://example.org/1'><v:b/><c/></a>`);
  assert.deepEqual(
    elementsOf(root).map((child) => child.namespace),
    ['https://example.org/1', undefined],
  );
});

test('document types, foreign entities and broken documents are refused', () => {
  const bad = [
    '',
    'text',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a b=1/>',
    `<a b='1' b='2'/>`,
    '<a>&nbsp;</a>',
    '<v:a/>',
    `<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>`,
    `<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>`,
    '<a>\u0001</a>',
  ];
  for (const text of bad) assert.throws(() => readXml(text), XmlError, text);
});
