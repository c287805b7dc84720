import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { type CommandName, commands } from './commands.ts';
import type { AnyCommand, FieldSpec, Fields, ParameterSpec, Response } from './language.ts';

type Known = { kind: string; params: readonly string[]; response: string };
const read = (name: string) => JSON.parse(readFileSync(new URL(`../testdata/${name}.json`, import.meta.url), 'utf8'));
const known: { commands: Record<string, Known>; responses: Record<string, readonly string[]> } = read('cloudstack-commands');
const irregular: {
  envelopes: Record<string, string>;
  listKeys: Record<string, string>;
  objectKeys: Record<string, readonly string[]>;
} = read('cloudstack-envelopes');

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
/** CloudStack declares another answer than its code gives. */
const answersOther: Record<string, { readonly declared: string; readonly given: string; readonly fields: readonly string[] }> = {
  listProjectAccounts: {
    declared: 'ProjectResponse',
    given: 'ProjectAccountResponse',
    fields: [
      ...['projectid:String', 'project:String', 'accountid:String', 'account:String', 'accounttype:Integer', 'userid:String'],
      ...[
        'username:String',
        'role:String',
        'projectroleid:String',
        'domainid:String',
        'domain:String',
        'user:List<UserResponse>',
      ],
    ],
  },
};
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

const fieldTypes: Record<string, RegExp> = {
  // an enumeration is a text on the wire
  string: /^(String|ImageFormat|Status|Host\.Type|StoragePoolStatus|ScopeType|ApiKeyPairState|Event\.State)$/,
  integer: /^(Integer|int|Short)$/,
  long: /^(Long|long)$/,
  double: /^(Double|float)$/,
  boolean: /^(Boolean|boolean)$/,
  date: /^Date$/,
  map: /^Map(<.*>)?$/,
  maps: /^List<Map<.*>>$/,
  list: /^(List|Set)<String>$/,
  json: /^ResponseObject$/,
};
/** An interface has no further addresses in this version: the field is an empty list, which is right for clients. */
const otherTypes = ['NicResponse.secondaryip'];

for (const [name, command] of declared) {
  const cloudstack = known.commands[name];
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

function parametersOf(command: Known): Record<string, { type: string; required: boolean }> {
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
  const theirs =
    known.responses[response.source] ?? Object.values(answersOther).find(({ given }) => given === response.source)?.fields;
  assert.ok(theirs, `CloudStack has no answer ${response.source}`);
  assert.notEqual(response.doc, '');
  const types = new Map(theirs.map((text) => text.split(/:(.*)/) as [string, string]));
  for (const [name, { spec }] of Object.entries(response.fields)) {
    assert.notEqual(spec.doc, '', `${response.source}.${name} says nothing`);
    const type = types.get(name);
    assert.ok(type, `${response.source} has no field ${name}`);
    if (!otherTypes.includes(`${response.source}.${name}`)) expectField(`${response.source}.${name}`, spec, type);
  }
}

function expectField(path: string, spec: FieldSpec, type: string): void {
  if (!spec.of) {
    assert.match(type, fieldTypes[spec.kind]!, path);
    return;
  }
  const many = /^(?:java\.util\.)?(?:List|Set)<(\w+)>$/.exec(type);
  assert.equal(spec.kind, many ? 'objects' : 'object', path);
  assert.equal(spec.of.source, many ? many[1] : type, path);
  expectResponse(spec.of);
}
