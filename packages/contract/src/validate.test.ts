import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { CommandName } from './commands.ts';
import { commands } from './commands.ts';
import { validate } from './validate.ts';

const id = '6ad1c4f6-3a4e-4b1c-8f0d-2f6f8b8f3b55';
const other = '0f3c1e52-9d4b-4b7e-8f38-52f6a9a7f0c1';

const values = <N extends CommandName>(name: N, sent: Record<string, string>) => {
  const result = validate(name, Object.entries(sent));
  assert.ok('values' in result, JSON.stringify(result));
  return result.values;
};
const problems = (name: CommandName, sent: Record<string, string>): readonly string[] => {
  const result = validate(name, Object.entries(sent));
  assert.ok('problems' in result, 'it was accepted');
  return result.problems.map(({ message }) => message);
};

test('a missing parameter is named in CloudStack’s words', () => {
  assert.deepEqual(problems('listTemplates', {}), [
    'Unable to execute API command listtemplates due to missing parameter templatefilter',
  ]);
});

test('an empty text of a required parameter is a missing one', () => {
  assert.deepEqual(problems('deleteZone', { id: '' }), ['Unable to execute API command deletezone due to missing parameter id']);
  assert.match(problems('createSSHKeyPair', { name: '' })[0]!, /missing parameter name/);
});

test('an empty text of an optional text is that text, so that tags can be taken away', () => {
  assert.equal(values('updateServiceOffering', { id, hosttags: '' }).hosttags, '');
});

test('every problem of a call is told, not the first alone', () => {
  assert.equal(problems('createZone', { networktype: 'Advanced', dns1: '9.9.9.9' }).length, 2);
});

test('an id that is none is refused with its value', () => {
  assert.match(
    problems('startVirtualMachine', { id: 'web-1' })[0]!,
    /^Unable to execute API command startvirtualmachine due to invalid value\. Invalid parameter id value=web-1: /,
  );
});

test('names match in any case, and so do booleans', () => {
  for (const [text, meant] of [
    ['True', true],
    ['TRUE', true],
    ['true', true],
    ['False', false],
  ] as const)
    assert.deepEqual(values('stopVirtualMachine', { ID: id.toUpperCase(), Forced: text }), { id, forced: meant });
});

test('a boolean that is neither true nor false is refused instead of being taken for false', () => {
  assert.match(problems('stopVirtualMachine', { id, forced: 'perhaps' })[0]!, /forced value=perhaps: it is true or false/);
});

test('a choice matches in any case and arrives as it is declared', () => {
  assert.equal(values('registerTemplate', { ...template, format: 'qcow2' }).format, 'QCOW2');
  assert.match(problems('registerTemplate', { ...template, format: 'VHD' })[0]!, /it is one of QCOW2, RAW/);
});
const template = { name: 'a', url: 'https://a/b', format: 'RAW', hypervisor: 'KVM' };

test('numbers have bounds, which the refusal names', () => {
  assert.equal(values('listZones', { page: '2' }).page, 2);
  for (const bad of ['0', '1.5', '0x10', 'two', '99999999999', '1e3'])
    assert.match(problems('listZones', { page: bad })[0]!, /it is a whole number from 1 to 2147483647/, bad);
});

test('lists are separated by commas', () => {
  assert.deepEqual(values('listVirtualMachines', { ids: `${id}, ${other}` }).ids, [id, other]);
  assert.match(problems('listVirtualMachines', { ids: `${id},x` })[0]!, /value=x/);
});

test('a map is understood in each of its notations, and its keys keep their case', () => {
  const wanted = { virtualizationMode: 'pvh', b: '2' };
  const sent: Record<string, string>[] = [
    { 'details[0].key': 'virtualizationMode', 'details[0].value': 'pvh', 'details[1].key': 'b', 'details[1].value': '2' },
    { 'details[0].virtualizationMode': 'pvh', 'details[0].b': '2' },
    { 'Details[0].virtualizationMode': 'pvh', 'details[1].b': '2' },
    { 'details.virtualizationMode': 'pvh', 'details.b': '2' },
  ];
  for (const one of sent) assert.deepEqual(values('updateVirtualMachine', { id, ...one }).details, wanted);
});

test('a list of maps keeps the order of its indices, and its fields are in lower case', () => {
  const sent = { 'iptonetworklist[10].networkId': 'b', 'iptonetworklist[2].networkId': 'a', 'iptonetworklist[2].ip': '10.0.0.7' };
  assert.deepEqual(values('deployVirtualMachine', { zoneid: id, serviceofferingid: id, ...sent }).iptonetworklist, [
    { networkid: 'a', ip: '10.0.0.7' },
    { networkid: 'b' },
  ]);
});

test('a map that is not one is refused', () => {
  assert.match(problems('updateVirtualMachine', { id, details: 'a=b' })[0]!, /it is given as name\[0\]\.key/);
});

test('a key called __proto__ is a key like any other', () => {
  const { details } = values('updateVirtualMachine', { id, 'details[0].__proto__': 'x' });
  assert.ok(Object.hasOwn(details!, '__proto__'));
});

test('-1 means every project where a project is asked for, and nothing elsewhere', () => {
  assert.equal(values('listVirtualMachines', { projectid: '-1' }).projectid, '-1');
  assert.equal(values('registerTemplate', { ...template, zoneid: '-1' }).zoneid, undefined);
  assert.match(problems('deleteZone', { id: '-1' })[0]!, /Invalid parameter id value=-1/);
});

test('dates are UTC unless they say otherwise; a day that ends something ends with its last second', () => {
  const read = (name: 'startdate' | 'enddate', text: string) => values('listEvents', { [name]: text })[name]?.toISOString();
  assert.equal(read('startdate', '2026-11-23'), '2026-11-23T00:00:00.000Z');
  assert.equal(read('enddate', '2026-11-23'), '2026-11-23T23:59:59.000Z');
  assert.equal(read('startdate', '2026-11-23 06:17:01'), '2026-11-23T06:17:01.000Z');
  assert.equal(read('startdate', '2026-11-23T06:17:01+0200'), '2026-11-23T04:17:01.000Z');
  assert.equal(read('startdate', '2026-11-23T06:17:01Z'), '2026-11-23T06:17:01.000Z');
  for (const bad of ['2026-02-31', 'yesterday', '2026-11-23T25:00:00Z', '23.11.2026'])
    assert.match(problems('listEvents', { startdate: bad })[0]!, /it is a date/, bad);
});

test('a text of 255 characters is accepted, a longer one refused with both lengths', () => {
  assert.equal(values('createSSHKeyPair', { name: 'a'.repeat(255) }).name.length, 255);
  assert.match(problems('createSSHKeyPair', { name: 'a'.repeat(256) })[0]!, /at most 255 characters long, and this is 256/);
});

test('control characters are refused, line ends in keys are not', () => {
  assert.match(problems('createSSHKeyPair', { name: 'a\u0000b' })[0]!, /control character/);
  assert.equal(values('registerSSHKeyPair', { name: 'a', publickey: 'ssh-ed25519 AAAA\n' }).publickey, 'ssh-ed25519 AAAA\n');
});

test('a machine’s name for people is one line', () => {
  const sent = { zoneid: id, serviceofferingid: id, templateid: id };
  const named = (displayname: string) => validate('deployVirtualMachine', Object.entries({ ...sent, displayname }));
  assert.ok('values' in named('Ünser Web-Server, 2. Stock'));
  assert.ok('problems' in named('one\ntwo'));
});

test('a secret is not repeated in a refusal', () => {
  const [message] = problems('login', { username: 'a', password: `hunter2${'x'.repeat(300)}` });
  assert.doesNotMatch(message!, /hunter2/);
});

test('defaults stand where nothing was sent', () => {
  assert.deepEqual(values('stopVirtualMachine', { id }), { id, forced: false });
});

test('unknown parameters are ignored and told of; what belongs to the call is not unknown', () => {
  const result = validate(
    'stopVirtualMachine',
    Object.entries({ id, command: 'x', response: 'json', apiKey: 'k', colour: 'red' }),
  );
  assert.deepEqual('unknown' in result && result.unknown, ['colour']);
});

test('whatever is sent, the answer is values or problems, and values have the declared kinds', () => {
  const name = fc.constantFrom(...(Object.keys(commands) as CommandName[]));
  const sent = name.chain((command) =>
    fc.tuple(
      fc.constant(command),
      fc.array(fc.tuple(fc.constantFrom(...Object.keys(commands[command].params), 'details[0].key', '[', '.', 'x[9].y'), value)),
    ),
  );
  fc.assert(
    fc.property(sent, ([command, pairs]) => {
      const result = validate(command, pairs);
      if ('problems' in result) return result.problems.length > 0;
      return Object.entries(result.values).every(([parameter, read]) => isOfKind(command, parameter, read));
    }),
    { numRuns: 2000 },
  );
});
const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('true', '7', id, '2026-01-01', 'Enabled', '-1', ''));

const kinds: Record<string, (value: unknown) => boolean> = {
  string: (read) => typeof read === 'string',
  integer: Number.isSafeInteger,
  long: Number.isSafeInteger,
  boolean: (read) => typeof read === 'boolean',
  uuid: (read) => typeof read === 'string' && (read.length === 36 || read === '-1'),
  date: (read) => read instanceof Date && !Number.isNaN(read.getTime()),
  map: (read) => Object.values(read as object).every((one) => typeof one === 'string'),
  maplist: Array.isArray,
  list: (read) => (read as string[]).every((one) => one.trim() === one && one !== ''),
  uuidlist: (read) => (read as string[]).every((one) => one.length === 36),
};

function isOfKind(command: CommandName, parameter: string, read: unknown): boolean {
  const params: Record<string, { spec: { kind: string } }> = commands[command].params;
  return kinds[params[parameter]!.spec.kind]!(read);
}
