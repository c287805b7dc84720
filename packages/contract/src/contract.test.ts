import assert from 'node:assert/strict';
import test from 'node:test';
import { type CommandName, commands } from './commands.ts';
import type { AnyCommand, FieldSpec, Fields, ParameterSpec, Response } from './language.ts';
import { answersOther, commandOf, fieldsOf, irregular, objectsOf, typesOf } from './testing/cloudstack.ts';

const declared = Object.entries(commands as Record<CommandName, AnyCommand>);

/** Parameters that CloudStack declares in a command's variant for admins, which the list of commands does not hold. */
const adminVariants: Record<string, readonly string[]> = {
  createNetwork: ['vlan', 'bypassvlanoverlapcheck'],
  deployVirtualMachine: ['podid', 'clusterid'],
  listVirtualMachines: ['podid', 'clusterid', 'hostid', 'storageid'],
};
/** CloudStack derives these from its plain command, yet answers a list. */
const answersList = [
  'listHypervisors',
  'listApis',
  'listEventTypes',
  'listAlertTypes',
  'listRolePermissions',
  'listUserKeyRules',
  'listUserTwoFactorAuthenticatorProviders',
];
/** Parameters through which CloudStack's own code hands jobs on; no client sends them. */
const inner = ['starteventid', 'customjobid'];

const parameterKinds: Record<string, readonly string[]> = {
  string: ['string'],
  integer: ['integer', 'short'],
  long: ['long'],
  boolean: ['boolean'],
  uuid: ['uuid'],
  date: ['date'],
  map: ['map'],
  maplist: ['map'],
  list: ['list<string>'],
  uuidlist: ['list<uuid>'],
};

/** An interface has no further addresses in this version: the field is an empty list, which is right for clients. */
const otherTypes = ['NicResponse.secondaryip'];

for (const [name, command] of declared) {
  const cloudstack = commandOf(name);
  test(`${name} is CloudStack’s command`, () => {
    assert.ok(cloudstack, 'CloudStack has no such command');
    assert.equal(command.kind, answersList.includes(name) ? 'list' : cloudstack.kind);
    const other = answersOther[name];
    if (other) assert.equal(cloudstack.response, other.declared);
    assert.equal(command.response.source, other?.given ?? cloudstack.response);
    assert.equal(command.envelope, irregular.envelopes[name]);
    if (command.kind === 'list') assert.equal(command.listKey ?? command.response.key, irregular.listKeys[name]);
    else if (irregular.objectKeys[name]) assert.ok(irregular.objectKeys[name].includes(command.response.key));
    assert.notEqual(command.doc, '');
  });
  test(`${name} has CloudStack’s parameters`, () => {
    const theirs = parametersOf(cloudstack!);
    const extra = adminVariants[name] ?? [];
    for (const [parameter, { spec }] of Object.entries(command.params)) {
      assert.notEqual(spec.doc, '', `${parameter} says nothing`);
      assert.equal(parameter, parameter.toLowerCase(), 'names are matched in lower case');
      if (!extra.includes(parameter)) expectParameter(parameter, spec, theirs[parameter]);
    }
    const missing = Object.keys(theirs).filter((p) => !(p in command.params) && !inner.includes(p));
    assert.deepEqual(missing, [], 'clients look parameters up');
  });
  test(`${name} answers CloudStack’s fields`, () => expectResponse(command.response));
}

function parametersOf(command: { readonly params: readonly string[] }): Record<string, { type: string; required: boolean }> {
  return Object.fromEntries(
    command.params.map((text) => {
      const [, name, star, type] = /^([^*:]+)(\*?):(.*)$/.exec(text)!;
      return [name!.toLowerCase(), { type: type!, required: star === '*' }];
    }),
  );
}

function expectParameter(name: string, spec: ParameterSpec, theirs: { type: string; required: boolean } | undefined): void {
  assert.ok(theirs, `CloudStack has no parameter ${name}`);
  assert.ok(parameterKinds[spec.kind]!.includes(theirs.type), `${name} is ${theirs.type} in CloudStack`);
  assert.equal(spec.required, theirs.required, `${name}: required`);
}

function expectResponse(response: Response<Fields>): void {
  const types = fieldsOf(response.source);
  assert.ok(types, `CloudStack has no answer ${response.source}`);
  assert.notEqual(response.doc, '');
  for (const [name, { spec }] of Object.entries(response.fields)) {
    assert.notEqual(spec.doc, '', `${response.source}.${name} says nothing`);
    const type = types.get(name);
    assert.ok(type, `${response.source} has no field ${name}`);
    if (!otherTypes.includes(`${response.source}.${name}`)) expectField(`${response.source}.${name}`, spec, type);
  }
}

function expectField(path: string, spec: FieldSpec, type: string): void {
  if (!spec.of) {
    assert.match(type, typesOf[spec.kind]!, path);
    return;
  }
  const { source, many } = objectsOf(type);
  assert.equal(spec.kind, many ? 'objects' : 'object', path);
  assert.equal(spec.of.source, source, path);
  expectResponse(spec.of);
}
