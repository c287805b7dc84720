import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesIn, integer, oneOf, text, yesNo } from './codec.ts';
import { attribute, child, children, content, element, format, parse, present, required, size, textChild } from './declare.ts';
import { XmlError } from './tree.ts';

const fruit = element('fruit', {
  id: required(attribute(integer)),
  ripe: attribute(yesNo),
  colour: attribute(oneOf('red', 'green'), 'paint'),
  name: textChild(text),
  weightKiB: size('KiB', 'KiB', 'weight'),
  eaten: present(),
  stone: child(element('stone', { hard: attribute(yesNo) })),
  seeds: children(element('seed', { note: content(text) })),
});

test('one declaration reads and writes the same document', () => {
  const value = {
    id: 1,
    ripe: true,
    colour: 'red' as const,
    name: 'plum',
    weightKiB: 5,
    eaten: true,
    stone: {},
    seeds: [{ note: 'a' }, { note: '' }],
  };
  const xml = `<fruit id='1' ripe='yes' paint='red'>
  <name>plum</name>
  <weight unit='KiB'>5</weight>
  <eaten/>
  <stone/>
  <seed>a</seed>
  <seed/>
</fruit>
`;
  assert.equal(format(fruit, value), xml);
  assert.deepEqual(parse(fruit, xml), value);
});

test('what is not declared is ignored, what is absent is absent', () => {
  assert.deepEqual(parse(fruit, `<fruit id='2' smell='sweet'><worm/><name>fig<b/></name></fruit>`), { id: 2, name: 'fig' });
});

test('a mistake is told with its place', () => {
  const places: Readonly<Record<string, string>> = {
    '<fruit/>': 'fruit',
    "<fruit id='one'/>": 'fruit/@id',
    "<fruit id='1' ripe='maybe'/>": 'fruit/@ripe',
    "<fruit id='1' paint='blue'/>": 'fruit/@paint',
    "<fruit id='1'><stone hard='1'/></fruit>": 'fruit/stone/@hard',
    "<fruit id='1'><weight unit='stone'>1</weight></fruit>": 'fruit/weight',
    "<fruit id='99999999999999999999'/>": 'fruit/@id',
  };
  for (const [xml, path] of Object.entries(places)) {
    assert.throws(
      () => parse(fruit, xml),
      (error) => error instanceof XmlError && error.path === path,
      xml,
    );
  }
  assert.throws(() => parse(fruit, '<stone/>'), /<stone> where <fruit> was expected/);
  assert.throws(() => format(fruit, { id: 1.5 }), XmlError);
});

test('sizes are understood in every unit of libvirt, and rounded up', () => {
  const weigh = (body: string) => parse(fruit, `<fruit id='1'>${body}</fruit>`).weightKiB;
  assert.equal(weigh('<weight>3</weight>'), 3);
  assert.equal(weigh(`<weight unit='bytes'>1025</weight>`), 2);
  assert.equal(weigh(`<weight unit='KB'>1024</weight>`), 1000);
  assert.equal(weigh(`<weight unit='M'>2</weight>`), 2048);
  assert.equal(weigh(`<weight unit='GiB'>1</weight>`), 1_048_576);
  assert.equal(bytesIn('TB'), 1e12);
  assert.equal(bytesIn('PiB'), 2 ** 50);
  assert.equal(bytesIn('E'), 2 ** 60);
});
