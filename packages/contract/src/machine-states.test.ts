import assert from 'node:assert/strict';
import test from 'node:test';
import { acceptedFrom, isAccepted, type MachineCommand, machineCommands, machineStates } from './machine-states.ts';

const names = Object.keys(machineCommands) as MachineCommand[];

test('a state is named once for a command, and is one that there is', () => {
  for (const name of names) {
    const states = acceptedFrom(name);
    assert.equal(new Set(states).size, states.length, name);
    for (const state of states) assert.ok(machineStates.includes(state), state);
  }
});

test('stopping what is stopped and destroying what is destroyed is accepted, and not offered', () => {
  assert.ok(isAccepted('stopVirtualMachine', 'Stopped') && isAccepted('destroyVirtualMachine', 'Destroyed'));
  assert.ok(!(machineCommands.stopVirtualMachine.from as readonly string[]).includes('Stopped'));
  assert.ok(!(machineCommands.destroyVirtualMachine.from as readonly string[]).includes('Destroyed'));
});

test('while a machine is moved or restored, and in a state that nobody has heard of, nothing is accepted', () => {
  for (const state of ['Migrating', 'Restoring', 'Dreaming'])
    assert.deepEqual(
      names.filter((name) => isAccepted(name, state)),
      [],
    );
});
