import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allows, covers, mayCall, type Rule } from './permissions.ts';

const rules = (...texts: string[]): Rule[] =>
  texts.map((text) => ({ rule: text.slice(1), permission: text.startsWith('+') ? 'allow' : 'deny' }));

test('the first rule about a command decides, in whatever case; what none is about may not be called', () => {
  assert.equal(allows(rules('-listHosts', '+list*'), 'listZones'), true);
  assert.equal(allows(rules('-listHosts', '+list*'), 'listHosts'), false);
  assert.equal(allows(rules('+list*', '-listHosts'), 'listHosts'), true);
  assert.equal(allows(rules('+LISTHOSTS'), 'listHosts'), true);
  assert.equal(allows(rules('+list*'), 'createZone'), false);
  assert.equal(allows([], 'listZones'), false);
  assert.equal(allows(rules('-x*', '+listZones', '-*'), 'listZones'), true);
  assert.equal(allows(rules('-list*', '+listZones'), 'listZones'), false);
  assert.equal(allows(rules('+listZones', '-listzones'), 'listZones'), true);
});

test('a * stands for any characters, also none, wherever it is', () => {
  const fits = (pattern: string, command: string) => allows(rules(`+${pattern}`), command);
  for (const pattern of [
    '*',
    '**',
    'listVirtualMachines',
    '*Machines',
    'list*',
    'l*V*s',
    '*Virtual*',
    'listVirtualMachines*',
    'l*i*s*t*V*',
  ])
    assert.equal(fits(pattern, 'listVirtualMachines'), true, pattern);
  for (const pattern of [
    'listVirtualMachine',
    'listVirtualMachines*s',
    '*Machine',
    'V*',
    'l*M*V*',
    'listVirtualMachines*listVirtualMachines',
    '',
  ])
    assert.equal(fits(pattern, 'listVirtualMachines'), false, pattern);
});

test('a pattern that a matcher by trial would never be done with is decided', () => {
  assert.equal(allows(rules(`+${'*a'.repeat(120)}*b`), `${'a'.repeat(200)}c`), false);
});

test('a key takes away from what its user may do, and adds nothing', () => {
  const user = { role: 'User', keyRules: rules('-listZones', '+*') } as const;
  assert.equal(mayCall(user, 'listZones'), false);
  assert.equal(mayCall(user, 'listUsers'), true);
  assert.equal(mayCall(user, 'createZone'), false);
  assert.equal(mayCall({ role: 'User', keyRules: [] }, 'listZones'), true);
});

test('nobody without a right covers somebody who has it', () => {
  const admin = { role: 'Admin' } as const;
  const less = { role: 'Admin', roleRules: rules('-deleteZone', '+*') } as const;
  assert.equal(covers(admin, less), true);
  assert.equal(covers(less, admin), false);
  assert.equal(covers(less, { role: 'Admin', roleRules: rules('+list*') }), true);
  assert.equal(covers({ role: 'DomainAdmin', roleRules: rules('+*') }, { role: 'Admin', roleRules: rules('+listZones') }), false);
  assert.equal(covers({ role: 'DomainAdmin' }, { role: 'User', roleRules: rules('+listHosts') }), false);
  assert.equal(covers({ role: 'Admin', keyRules: rules('+list*') }, { role: 'User' }), false);
});

test('looked through in whatever way, the first rule about a command decides', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 4 }).map((letters) => letters.join(''));
  const rule = fc.record({ rule: text, permission: fc.constantFrom('allow', 'deny') });
  const name = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 5 }).map((letters) => letters.join(''));
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 6 }), name, (some, command) => {
      const first = some.find((one) => new RegExp(`^${one.rule.replaceAll('*', '.*')}$`).test(command));
      assert.equal(allows(some, command), first?.permission === 'allow');
    }),
    { numRuns: 2000 },
  );
});
