import assert from 'node:assert/strict';
import test from 'node:test';
import { machineCommands } from '@virtstack/contract/machine-states.ts';
import { actionNames, actions, refusal } from './actions.ts';
import { states } from './states.ts';

test('a stopped instance can be started, and a running one says why not', () => {
  assert.equal(refusal('start', 'Stopped'), undefined);
  assert.equal(refusal('start', 'Running'), 'Needs an instance that is Stopped; this one is Running.');
});

test('the reason lists every state in which the action is possible', () => {
  assert.equal(refusal('stop', 'Error'), 'Needs an instance that is Running, Starting or Stopping; this one is Error.');
});

test('a state that the page has never heard of allows nothing and is named', () => {
  for (const action of actionNames) assert.match(refusal(action, 'Dreaming') ?? '', /this one is Dreaming/);
});

test('only what is destroyed can be recovered, and an expunging that stuck can be tried again', () => {
  const allowed = (state: string) => actionNames.filter((action) => !refusal(action, state));
  assert.deepEqual(allowed('Destroyed'), ['recover', 'expunge']);
  assert.deepEqual(allowed('Expunging'), ['expunge']);
});

test('every state of the table is one that exists', () => {
  for (const { command } of Object.values(actions))
    for (const state of machineCommands[command].from) assert.ok(Object.hasOwn(states, state), state);
});
