import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CommandName, commands } from './commands.ts';
import { type AnyCommand, type Entity, entities, type ParameterSpec } from './language.ts';

const declared = Object.entries(commands as Record<CommandName, AnyCommand>);
const isOwned = (entity: Entity): boolean => ['owner', 'asker'].includes(entities[entity].ownership);

/** Lists of owned things that have no such parameters in CloudStack, and what says instead whose things are shown. */
const withoutScope: Readonly<Record<string, string>> = {
  listAnnotations: 'the thing that they are on',
};
/** What makes an owned thing for nobody else than the caller, and why. */
const withoutOwner: Readonly<Record<string, string>> = {};
/** Ids of things that there are, which the command itself looks up, and why they are not declared as such. */
const lookedUp: Readonly<Record<string, string>> = {
  'updateProject userid': 'a member, whom the admin of the project may not see elsewhere',
  'deleteUserFromProject userid': 'a member, whom the admin of the project may not see elsewhere',
  'listProjectAccounts userid': 'a member, whom another member may not see elsewhere',
  'updateProjectInvitation projectid': 'who is invited cannot see the project yet',
  'updateProjectInvitation userid': 'who is invited',
};

const parametersOf = (command: AnyCommand): readonly (readonly [string, ParameterSpec])[] =>
  Object.entries(command.params).map(([name, { spec }]) => [name, spec]);
const lacking = (command: AnyCommand, ...names: readonly string[]): readonly string[] =>
  names.filter((name) => !(name in command.params));
const wrong = (find: (name: string, command: AnyCommand) => readonly string[]): readonly string[] =>
  declared.flatMap(([name, command]) => find(name, command).map((what) => `${name} ${what}`));

describe('the ownership that a command declares', () => {
  it('is asked for in every list of owned things: account, domainid, isrecursive, listall', () => {
    const found = wrong((name, command) =>
      'shows' in command.access && isOwned(command.access.shows) && !(name in withoutScope)
        ? lacking(command, 'account', 'domainid', 'isrecursive', 'listall')
        : [],
    );
    assert.deepEqual(found, []);
  });

  it('is named in everything that makes an owned thing: account, domainid', () => {
    const found = wrong((name, command) =>
      'makes' in command.access && isOwned(command.access.makes) && !(name in withoutOwner)
        ? lacking(command, 'account', 'domainid')
        : [],
    );
    assert.deepEqual(found, []);
  });

  it('is of parameters that name things', () => {
    const found = wrong((_, { access, params }) =>
      'changes' in access ? access.changes!.filter((name) => !params[name]?.spec.entity && !params[name]?.spec.entityBy) : [],
    );
    assert.deepEqual(found, []);
  });

  it('is of every owned thing that a command without another one must be told', () => {
    const found = wrong((_, command) =>
      'about' in command.access
        ? parametersOf(command)
            .filter(([, { required, entity }]) => required && entity && isOwned(entity))
            .map(([name]) => name)
        : [],
    );
    assert.deepEqual(found, []);
  });

  it('leaves as a bare id nothing that there is', () => {
    const found = wrong((name, command) =>
      parametersOf(command)
        .filter(([parameter, spec]) => /^uuid/.test(spec.kind) && !spec.entity && !spec.unused && isOfAThing(parameter))
        .map(([parameter]) => parameter)
        .filter((parameter) => !(`${name} ${parameter}` in lookedUp)),
    );
    assert.deepEqual(found, []);
  });

  it('has no exception that is none any more', () => {
    const bare = wrong((_, command) => parametersOf(command).flatMap(([name, spec]) => (spec.entity ? [] : [name])));
    assert.deepEqual(
      Object.keys(lookedUp).filter((one) => !bare.includes(one)),
      [],
    );
    const without = Object.keys({ ...withoutScope, ...withoutOwner });
    assert.deepEqual(
      without.filter((name) => lacking(commands[name as CommandName], 'account', 'domainid').length === 0),
      [],
    );
  });
});

/** Words of parameters for things that are called otherwise here. */
const synonyms: Readonly<Record<string, Entity>> = {
  iso: 'template',
  storage: 'storagepool',
  pool: 'storagepool',
  instance: 'virtualmachine',
  keypair: 'sshkeypair',
  associatednetwork: 'network',
  parentdomain: 'domain',
};
const isOfAThing = (parameter: string): boolean => {
  const word = parameter.replace(/ids?$/, '');
  return word in entities || word in synonyms;
};
