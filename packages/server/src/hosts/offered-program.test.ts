import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { until } from '../orchestration/testing/until.ts';
import { type TestHost, type TestZone, withZone } from '../orchestration/testing/zone.ts';
import { certificateFor, get } from './certificates/testing.ts';
import { isOlder } from './offered-program.ts';

const bundle = join(mkdtempSync(join(tmpdir(), 'bundle-')), 'agent.mjs');
const content = randomBytes(100_000);
writeFileSync(bundle, content);
const sha512 = createHash('sha512').update(content).digest('hex');
const older = 'a'.repeat(128);

let zone: TestZone;
let known: TestHost;
before(async () => {
  zone = await withZone({ agentBundle: bundle });
  known = await zone.addHost();
});

/** What the server offers to an agent that says this of its program. */
async function offered(program: { sha512: string; failed: { sha512: string; words: string }[] } | undefined) {
  const { host, id } = known;
  await host.disconnect();
  host.program = program;
  await host.connect();
  await until(async () => (await zone.api.list('listHosts', { id }))[0]?.state === 'Up', 'Up');
  return host.offered;
}

test('an agent of other content is offered the server’s; one that is the same, or cannot replace itself, is not', async () => {
  const { version } = zone.server.cloud;
  assert.deepEqual(await offered({ sha512: older, failed: [] }), { sha512, bytes: content.length, version });
  assert.equal(await offered({ sha512, failed: [] }), undefined);
  assert.equal(await offered(undefined), undefined);
});

test('what an agent tried in vain is not offered again, and the admins are told once', async () => {
  for (let time = 0; time < 2; time++)
    assert.equal(await offered({ sha512: older, failed: [{ sha512, words: 'it did not start.' }] }), undefined);
  const told = await zone.api.list('listAlerts', { keyword: 'went back to its own: it did not start.' });
  assert.equal(told.length, 1);
  assert.ok(await offered({ sha512: older, failed: [{ sha512: older, words: 'another one' }] }));
});

test('a server does not offer its agent where a newer server has brought another', async () => {
  const { db } = zone.server.cloud;
  const newer = { version: '999.0', sha512: older };
  const [before] = await db.selectFrom('program').select(['version', 'sha512']).execute();
  await db.updateTable('program').set(newer).execute();
  assert.equal(await offered({ sha512: 'b'.repeat(128), failed: [] }), undefined);
  await db.updateTable('program').set(before!).execute();
});

test('the agent is given to hosts of the cloud by their certificate, and to nobody else', async () => {
  const as = async (name: string) =>
    get(zone.server, '/programs/agent', await certificateFor(zone.server, name, new Date(Date.now() - 3_600_000)));
  assert.equal(await as(known.host.guid), 200);
  assert.equal(await as(crypto.randomUUID()), 403);
  assert.equal(await as('image-store'), 403);
});

test('which release is older is told by its numbers', () => {
  const pairs = [
    ['0.1.0', '0.2.0'],
    ['0.9.0', '0.10.0'],
    ['1.0', '1.0.1'],
    ['0.1.0', '0.1.0'],
    ['2.0.0', '1.9.9'],
  ] as const;
  assert.deepEqual(
    pairs.map(([one, other]) => isOlder(one, other)),
    [true, true, true, false, false],
  );
});
