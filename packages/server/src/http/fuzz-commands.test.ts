import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type AnyCommand, type CommandName, commands, type Entity, envelopeOf, type ParameterSpec } from '@virtstack/contract';
import fc from 'fast-check';
import { each, needed, served } from '../api/testing/calls.ts';
import { isNobodys } from '../api/testing/oracle.ts';
import { type Things, thingsOf } from '../api/testing/things.ts';
import { makeWorld, type World } from '../api/testing/world.ts';
import { type Content, type HttpAnswer, type Keys, send, signedQuery, type Values } from './testing.ts';

/** Every declared command, asked wrongly in every way: always a proper envelope and a refusal, never a fault of ours. */
let world: World;
let things: Things;
let keys: Keys;
before(async () => {
  world = await makeWorld();
  things = thingsOf(world);
  keys = world.people.root.keys;
});

/** Those whose fault it is: a caller's, or the state of what there is; 530 would be ours. */
const isRefusal = (status: number): boolean => (status >= 400 && status < 500) || (status > 530 && status < 540);

const call = (form: string): Promise<HttpAnswer> => send(world.server, '/client/api', { form });
const signed = (name: CommandName, values: Values): Promise<HttpAnswer> => call(signedQuery(name, values, keys));

/** What is wrong with an answer: nothing, where it is the command's envelope with its content or with a refusal. */
function improper(name: CommandName, { status, text, headers }: HttpAnswer): string | undefined {
  if (status !== 200 && !isRefusal(status)) return `is answered ${status}: ${text.slice(0, 300)}`;
  if (!String(headers['content-type']).startsWith('application/json')) return `is answered ${headers['content-type']}`;
  const [[envelope, content], ...more] = Object.entries(JSON.parse(text) as Record<string, Content>) as [[string, Content]];
  if (more.length > 0 || (envelope !== envelopeOf(name) && envelope !== 'errorresponse')) return `has the envelope ${envelope}`;
  if (status === 200) return content.errorcode === undefined ? undefined : 'is an error that says it is none';
  return content.errorcode === status && content.errortext ? undefined : `is refused without words: ${text.slice(0, 300)}`;
}

const placed = (entity: Entity) => (isNobodys(entity) ? world.people.root : world.people.user);
/** Right values for all that a command needs, of things that are there. */
const right = (declared: AnyCommand): Promise<Values> =>
  needed(declared, async (entity) => (await things.standing(entity, placed(entity))).id);

async function faults(
  ask: (name: CommandName, declared: AnyCommand) => Promise<readonly (string | undefined)[]>,
): Promise<string[]> {
  const found: string[] = [];
  await each(served, async ({ name, declared }) => {
    for (const fault of await ask(name, declared)) if (fault) found.push(`${name} ${fault}`);
  });
  return found;
}

test('whoever does not sign rightly, or signed long ago, or for something else, is refused by every command', async () => {
  const found = await faults(async (name, declared) => {
    if (declared.anonymous) return [];
    const values = await right(declared);
    const form = signedQuery(name, values, keys);
    const other = name === 'listZones' ? 'listHosts' : 'listZones';
    const forms = {
      unsigned: form.replace(/&signature=.*/, ''),
      'signed wrongly': form.replace(/&signature=.{6}/, '&signature=AAAAAA'),
      'signed with another’s key': signedQuery(name, values, { ...keys, secretkey: world.people.user.keys.secretkey }),
      'signed by a key that nobody has': signedQuery(name, values, { ...keys, apikey: 'x'.repeat(86) }),
      'signed for another command': form.replace(`command=${name}`, `command=${other}`),
      'signed, and then changed': `${form}&id=11111111-2222-4333-8444-555555555555&more=1`,
      'replayed when it has expired': signedQuery(
        name,
        { ...values, signatureversion: 3, expires: '2020-01-01T00:00:00+0000' },
        keys,
      ),
      'signed until no date': signedQuery(name, { ...values, signatureversion: 3, expires: 'tomorrow' }, keys),
      'signed for ever in version 3': signedQuery(name, { ...values, signatureversion: 3 }, keys),
    };
    return Promise.all(
      Object.entries(forms).map(async ([how, sent]) => {
        const answer = await call(sent);
        const refused = answer.status === 401 || (answer.status === 430 && how === 'signed, and then changed');
        return refused ? improper(how.endsWith('command') ? other : name, answer) : `${how}: ${answer.status} ${answer.text}`;
      }),
    );
  });
  assert.deepEqual(found, []);
});

/** Nothing of that kind. */
function wrongValues({ kind, oneOf, maxLength }: ParameterSpec): readonly string[] {
  const always = ['x'.repeat(70_000)];
  if (oneOf) return [...always, 'neither', "';--"];
  const kinds: Readonly<Record<string, readonly string[]>> = {
    integer: [...always, '1.5', '0x10', '99999999999999999999', 'one', '1e3', '١'],
    long: [...always, '1.5', '99999999999999999999', 'many', '--1'],
    boolean: [...always, 'maybe', '2', "true'"],
    uuid: [...always, '1', '11111111-2222-4333-8444', "11111111-2222-4333-8444-555555555555' or 1=1", '{}', '../..'],
    uuidlist: [...always, '1,2', 'x,11111111-2222-4333-8444-555555555555'],
    date: [...always, '2026-02-31', 'yesterday', '99999999999', '2026-13-01T00:00:00'],
    map: always,
    maplist: always,
    string: 'x'.repeat((maxLength ?? 255) + 1).length > 1_500_000 ? [] : ['x'.repeat((maxLength ?? 255) + 1)],
  };
  return kinds[kind] ?? [];
}

test('a value of a wrong kind or size in any parameter is refused as that, and named', async () => {
  const found = await faults(async (name, declared) => {
    const values = await right(declared);
    const wrong = Object.entries(declared.params).flatMap(([parameter, { spec }]) =>
      wrongValues(spec).map((value) => ({ parameter, value })),
    );
    const said: (string | undefined)[] = [];
    for (const { parameter, value } of wrong) {
      const answer = await signed(name, { ...values, [parameter]: value });
      const refused = answer.status === 431 && answer.text.toLowerCase().includes(parameter);
      said.push(
        refused ? improper(name, answer) : `${parameter}=${value.slice(0, 60)} is answered ${answer.status} ${answer.text}`,
      );
    }
    return said;
  });
  assert.deepEqual(found, []);
});

test('whatever is in several parameters at once, it is answered properly', async () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.toWellFormed()),
    fc.constantFrom(...['', '-1', '0', 'true', '%', '\\', 'NaN', '{}', '[]', 'null', '11111111-2222-4333-8444-555555555555']),
    fc.constantFrom(...hurting),
  );
  const asked = fc.record({
    one: fc.constantFrom(...served),
    values: fc.array(hostile, { minLength: 8, maxLength: 8 }),
    skip: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ one: { name, declared }, values, skip }) => {
      const given = Object.keys(declared.params).filter((_, i) => i % (skip + 2) === 0);
      const wrong = Object.fromEntries(given.map((parameter, i) => [parameter, values[i % values.length]!]));
      assert.equal(improper(name, await signed(name, { ...(await right(declared)), ...wrong })), undefined, name);
    }),
    { numRuns: 300 },
  );
});

/** What hurts SQL, paths, argument lists, shells, XML, formats, terminals and those who read from right to left. */
const hurting: readonly string[] = [
  ...[
    "';--",
    '"; drop table users; --',
    '../../etc/passwd',
    '/dev/null',
    '-rf',
    '--help',
    '$(x)',
    '`x`',
    'a;b|c&d',
    `$${'{x}'}`,
    '%s%n%00',
  ],
  ...[
    ']]>',
    '<a b="c">&amp;</a>',
    '&lt;',
    '<!ENTITY x SYSTEM "file:///etc/passwd">',
    '\\',
    "'",
    '*?[x]',
    '{{x}}',
    '__proto__',
    'constructor',
  ],
  ...['😀𝒳', '\u202eabc\u202c', 'אבג', 'e\u0301', '\ufeffx', ' x ', 'a\tb', 'a\nb', 'a\r\nb', '\u2028', '\u0085', '﷽'],
];
/** What no text may hold. */
const impossible: readonly string[] = ['a\u0000b', '\u0001', '\u001b[31m', '\u0008', '\u000b'];

/** Texts that are kept and told again otherwise than they were said, and why. */
const otherwise: Readonly<Record<string, string>> = {
  'updateDiskOffering tags': 'they are words with commas between',
  'updateServiceOffering storagetags': 'they are words with commas between',
  'updateServiceOffering hosttags': 'they are words with commas between',
  'updateHost annotation': 'a comment of nothing but spaces is none',
};

/** Parameters that are kept as they are said: the answer has a field of that name. */
const kept = ({ kind, params, response }: AnyCommand): readonly string[] =>
  kind === 'list'
    ? []
    : Object.entries(params)
        .filter(([, { spec }]) => spec.kind === 'string' && !spec.oneOf && !spec.entity && !spec.unused && !spec.secret)
        .map(([parameter]) => parameter)
        .filter((parameter) => parameter in response.fields);

describe('a text that hurts', () => {
  const texts = (declared: AnyCommand): readonly string[] =>
    Object.entries(declared.params)
      .filter(([, { spec }]) => spec.kind === 'string' && !spec.oneOf)
      .map(([parameter]) => parameter);

  test('is told again as it was said, or refused, wherever a command takes one', async () => {
    const found = await faults(async (name, declared) => {
      const said: (string | undefined)[] = [];
      for (const parameter of texts(declared)) said.push(...(await changed(name, declared, parameter)));
      return said;
    });
    assert.deepEqual(found, []);
  });

  test('of characters that XML cannot say is refused', async () => {
    const found = await faults(async (name, declared) => {
      const values = await right(declared);
      const said: (string | undefined)[] = [];
      for (const parameter of texts(declared))
        for (const value of impossible.slice(0, 3)) {
          const answer = await signed(name, { ...values, [parameter]: value });
          const refused = answer.status === 431 || answer.status === 430;
          said.push(
            refused ? improper(name, answer) : `${parameter} takes ${JSON.stringify(value)}: ${answer.status} ${answer.text}`,
          );
        }
      return said;
    });
    assert.deepEqual(found, []);
  });

  test('comes in XML as it comes in JSON', async () => {
    for (const [i, displaytext] of hurting.entries()) {
      const { status, text } = await signed('createDiskOffering', { name: `o${i}`, displaytext, disksize: 1, response: 'xml' });
      assert.equal(status, 200, text);
      assert.match(text, wellFormed);
    }
    const { text } = await signed('listDiskOfferings', { response: 'xml' });
    const { listdiskofferingsresponse: inJson } = JSON.parse((await signed('listDiskOfferings', {})).text) as {
      listdiskofferingsresponse: { diskoffering: { displaytext: string }[] };
    };
    const texts = inJson.diskoffering.map(({ displaytext }) => displaytext);
    const inXml = [...text.matchAll(/<displaytext>([^<]*)<\/displaytext>/g)].map(([, one]) => plain(one!));
    assert.deepEqual(inXml, texts);
    assert.deepEqual(
      hurting.filter((one) => !texts.includes(one)),
      [],
    );
  });
});

const wellFormed = /^<\?xml [^>]*>(<[\w-]+( [\w-]+="[^"<]*")?\/?>|<\/[\w-]+>|[^<>&]|&(amp|lt|gt|quot|apos|#x?[0-9a-f]+);)*$/i;
const plain = (xml: string): string =>
  xml
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, hex ? 16 : 10)),
    )
    .replace(/&(lt|gt|quot|apos);/g, (_, word: string) => ({ lt: '<', gt: '>', quot: '"', apos: "'" })[word]!)
    .replaceAll('&amp;', '&');

/** All of them where they are told again, else some, others each time. */
const chosen = (declared: AnyCommand, parameter: string): readonly string[] =>
  kept(declared).includes(parameter) ? hurting : hurting.filter((_, i) => (i + turn) % 5 === 0);
let turn = 0;

/** What a command makes of texts that hurt in one of its parameters, where it is not as it should be. */
async function changed(name: CommandName, declared: AnyCommand, parameter: string): Promise<readonly (string | undefined)[]> {
  const said: (string | undefined)[] = [];
  turn += 1;
  for (const value of chosen(declared, parameter)) {
    const values = await right(declared);
    const answer = await signed(name, { ...values, [parameter]: value });
    const fault = improper(name, answer);
    if (fault) said.push(`${parameter}=${value} ${fault}`);
    if (answer.status !== 200 || !kept(declared).includes(parameter) || `${name} ${parameter}` in otherwise) continue;
    const told = toldOf(name, await answered(declared, answer), parameter);
    if (told !== undefined && told !== value)
      said.push(`${parameter}=${JSON.stringify(value)} is told again as ${JSON.stringify(told)}`);
  }
  return said;
}

/** What was answered, by the job where there is one. */
async function answered({ kind }: AnyCommand, { text }: HttpAnswer): Promise<Content> {
  const content = Object.values(JSON.parse(text) as Record<string, Content>)[0]!;
  if (kind === 'sync') return content;
  for (;;) {
    const { text: job } = await signed('queryAsyncJobResult', { jobid: content.jobid! });
    const { queryasyncjobresultresponse: now } = JSON.parse(job) as { queryasyncjobresultresponse: Content };
    if (now.jobstatus !== 0) return now.jobresult as Content;
  }
}

/** The field of that name in the object of an answer. */
function toldOf(name: CommandName, content: Content, field: string): unknown {
  const { response }: AnyCommand = commands[name];
  const object = response.flat ? content : (content[response.key] as Content | readonly Content[] | undefined);
  return (Array.isArray(object) ? object[0] : object)?.[field];
}

test('the server lives, and has noted no fault of its own', async () => {
  assert.equal((await send(world.server, '/client/health')).status, 200);
  assert.deepEqual(
    world.server.logged.filter((line) => line.includes('unexpected error')),
    [],
  );
});
