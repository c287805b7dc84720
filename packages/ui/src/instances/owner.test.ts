import assert from 'node:assert/strict';
import test from 'node:test';
import type { Session } from '../api/session.ts';
import { isOwn, ownerOf } from './owner.ts';

const ann = { account: 'ann', domainid: 'd' } as Session;

test('one’s own instance needs no more than the account', () => {
  const vm = { account: 'ann', domainid: 'd', domainpath: 'ROOT/firm' };
  assert.deepEqual([isOwn(vm, ann), ownerOf(vm, ann)], [true, 'ann']);
});

test('somebody else’s is told with the domain, and so is one of the same name elsewhere', () => {
  assert.equal(ownerOf({ account: 'ben', domainid: 'd', domainpath: 'ROOT/firm' }, ann), 'ben (ROOT/firm)');
  assert.equal(ownerOf({ account: 'ann', domainid: 'e', domainpath: 'ROOT/other' }, ann), 'ann (ROOT/other)');
});

test('a project’s is the project’s, whoever made it', () => {
  const vm = { projectid: 'p', project: 'shop', domainid: 'd', domainpath: 'ROOT/firm' };
  assert.deepEqual([isOwn(vm, ann), ownerOf(vm, ann)], [false, 'Project shop (ROOT/firm)']);
});
