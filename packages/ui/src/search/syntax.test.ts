import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { stateNamed } from '../instances/states.ts';
import { parse, toParams } from './syntax.ts';

const searchable = { name: { param: 'name' }, state: { param: 'state', to: stateNamed } };

test('plain words become the keyword', () => {
  assert.deepEqual(toParams('web  front', searchable), { params: { keyword: 'web front' } });
});

test('a field is searched by its own parameter, in any case and with quotes', () => {
  assert.deepEqual(toParams('STATE:running name:"my vm" x', searchable), {
    params: { state: 'Running', name: 'my vm', keyword: 'x' },
  });
});

test('an unknown field or value is a problem, not a wider search', () => {
  assert.match(toParams('flavour:big', searchable).problem ?? '', /no “flavour:” here. Try name:, state:/);
  assert.match(toParams('state:sleepy', searchable).problem ?? '', /“sleepy” is not a state/);
  assert.match(toParams('constructor:x', searchable).problem ?? '', /no “constructor:”/);
  assert.match(toParams('name:a name:b', searchable).problem ?? '', /once/);
});

test('a half-typed quote already searches', () => {
  assert.deepEqual(parse('name:"my v'), [{ field: 'name', value: 'my v' }]);
});

test('no text makes it fail, and what was quoted comes back', () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parse(text))));
  fc.assert(
    fc.property(fc.stringMatching(/^[^"]*$/), (value) => assert.deepEqual(parse(`name:"${value}"`), [{ field: 'name', value }])),
  );
});
