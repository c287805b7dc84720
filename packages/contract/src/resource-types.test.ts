import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Entity, entities } from './entities.ts';
import { annotatable, entityNamed, resourceTypeOf, taggable, typesIn } from './resource-types.ts';
import { validate } from './validate.ts';

test('what an event calls a kind of thing leads back to it, in whatever case', () => {
  for (const entity of Object.keys(entities) as Entity[])
    for (const type of [resourceTypeOf(entity), resourceTypeOf(entity).toUpperCase()]) assert.equal(entityNamed(type), entity);
  assert.equal(resourceTypeOf('virtualmachine'), 'VirtualMachine');
  for (const type of ['Moon', 'constructor', '']) assert.equal(entityNamed(type), undefined);
});

test('CloudStack’s words for kinds of things are taken in any case, and others are refused', () => {
  const given = (command: 'createTags' | 'addAnnotation', name: string, type: string) =>
    validate(command, [
      [name, type],
      ['resourceids', 'x'],
      ['tags[0].key', 'a'],
    ]);
  for (const type of typesIn(taggable)) {
    const read = given('createTags', 'resourcetype', type.toLowerCase());
    assert.equal('values' in read && (read.values as { resourcetype: string }).resourcetype, type);
  }
  for (const type of typesIn(annotatable)) assert.ok('values' in given('addAnnotation', 'entitytype', type.toLowerCase()));
  assert.ok('problems' in given('createTags', 'resourcetype', 'Moon'));
});
