import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { agentMethods } from '@virtstack/protocol';
import { enterWorld } from './testing/enter-world.ts';
import { Rig, virsh } from './testing/rig.ts';
import { TestServer } from './testing/server.ts';
import { starter, trial } from './update/starter.ts';
import { filesOf } from './update/state.ts';

await enterWorld(import.meta.filename);

const place = mkdtempSync(join(tmpdir(), 'update-'));
const program = join(place, 'agent.mjs');
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const files = filesOf(program);
const remembered = (): string => join(rig.dataDir, 'update.json');
const sha512Of = (text: string): string => createHash('sha512').update(text).digest('hex');
/** The agent of this checkout, as a program of another content. */
const agent = (name: string, before = ''): string => `// ${name}\n${before}await import(${JSON.stringify(main)});\n`;
const installed = agent('installed');

let rig: Rig;
before(async () => {
  writeFileSync(program, installed);
  // A trial that takes less time.
  writeFileSync(files.starter, starter.replace(` ${trial.seconds} `, ' 5 '));
  symlinkSync(process.execPath, join(place, 'node'));
  rig = await Rig.start({ program: { file: program, starter: files.starter } });
  keepRunning();
});
after(async () => {
  kept = false;
  // While it is on trial there is another process around it, which hands this on.
  await rig.stopAgent();
  await rig.dispose();
  rmSync(place, { recursive: true, force: true });
});

let kept = true;
/** As the host's unit does: whatever ends is started again. */
function keepRunning(): void {
  rig.process!.once('exit', () => {
    if (!kept) return;
    rig.spawnAgent();
    keepRunning();
  });
}

const ended = (): Promise<void> => new Promise((resolve) => rig.process!.once('exit', () => resolve()));
/** What the agent's next hello says of its program. */
const told = async (from: number) => {
  const { hello } = await rig.server.agents.next(() => true, { from, timeoutMs: 90_000 });
  return hello.program!;
};
const heard = (): number => rig.server.agents.all.length;
/** Offers this to the agent, which is connected anew for it. */
function offer(text: string, sent = text): void {
  rig.server.images.set('/programs/agent', gzipSync(sent));
  rig.server.offer = { sha512: sha512Of(text), bytes: Buffer.byteLength(text), version: '9.9.9' };
  rig.server.agents.all.at(-1)!.peer.close();
}
const logged = async (words: RegExp, from: number): Promise<void> => {
  while (!words.test(rig.log().slice(from))) await new Promise((resolve) => setTimeout(resolve, 50));
};

beforeEach(async () => {
  rig.server.offer = undefined;
  rig.server.refuse = () => undefined;
  const gone = ended();
  const from = heard();
  rig.process!.kill('SIGTERM');
  for (const left of [remembered(), files.previous, files.failed, files.trial]) rmSync(left, { force: true });
  writeFileSync(program, installed);
  await gone;
  assert.deepEqual(await told(from), { sha512: sha512Of(installed), failed: [] });
});

test('an agent becomes what its server offers, and a guest that runs does not notice', async () => {
  const guest = await rig.guest(await rig.image());
  await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  const before = await virsh('domid', guest.uuid);
  const from = heard();
  const next = agent('the next');
  offer(next);
  assert.equal((await told(from)).sha512, sha512Of(installed));
  assert.deepEqual(await told(from + 1), { sha512: sha512Of(next), failed: [] });
  assert.equal(readFileSync(program, 'utf8'), next);
  assert.equal(readFileSync(files.previous, 'utf8'), installed);
  assert.equal(await virsh('domid', guest.uuid), before);
  await rig.call(agentMethods.removeGuest, { uuid: guest.uuid, epoch: rig.epoch() });
});

test('one that does not start at all never has its place, and the server is told why', async () => {
  const broken = agent('broken', 'this is no program;\n');
  const log = rig.log().length;
  const from = heard();
  offer(broken);
  await told(from);
  while (
    !existsSync(join(rig.dataDir, 'update.json')) ||
    !readFileSync(join(rig.dataDir, 'update.json'), 'utf8').includes('words')
  )
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(readFileSync(program, 'utf8'), installed);
  offer(broken);
  const { sha512, failed } = await told(from + 1);
  assert.equal(sha512, sha512Of(installed));
  assert.deepEqual(
    failed.map((each) => each.sha512),
    [sha512Of(broken)],
  );
  assert.match(failed[0]!.words, /It does not start on this host .*SyntaxError/s);
  assert.equal(
    rig
      .log()
      .slice(log)
      .match(/the server offers another agent/g)?.length,
    1,
    'it is not tried again',
  );
});

/** Programs that pass their self-test, and no further. */
const useless = {
  'ends at once': agent('ending', "if (process.argv[2] !== 'version') process.exit(1);\n"),
  'does nothing, for ever': agent('hanging', "if (process.argv[2] !== 'version') while (true);\n"),
  'is refused by the server': agent('refused'),
};
for (const [what, text] of Object.entries(useless))
  test(`one that ${what} is given up after some starts, and the earlier one is back`, async () => {
    rig.server.refuse = (hello) =>
      hello.program?.sha512 === sha512Of(useless['is refused by the server']) ? 'Not you.' : undefined;
    const from = heard();
    offer(text);
    assert.equal((await told(from)).sha512, sha512Of(installed));
    const { sha512, failed } = await told(from + 1);
    assert.equal(sha512, sha512Of(installed));
    assert.deepEqual(
      failed.map((each) => each.sha512),
      [sha512Of(text)],
    );
    assert.match(failed[0]!.words, new RegExp(`It was started ${trial.starts} times, .* did not welcome it`));
    assert.ok(!existsSync(files.trial));
  });

test('one that finds no server is not given up for that', async () => {
  const next = agent('the lonely');
  const from = heard();
  rig.server.images.set('/programs/agent', gzipSync(next));
  rig.server.offer = { sha512: sha512Of(next), bytes: Buffer.byteLength(next), version: '9.9.9' };
  const { port } = rig.server;
  const gone = ended();
  rig.server.agents.all.at(-1)!.peer.close();
  await told(from);
  await gone;
  await rig.server.close();
  // Longer than all of its trials.
  await new Promise((resolve) => setTimeout(resolve, (trial.starts + 2) * 6000));
  assert.equal(readFileSync(program, 'utf8'), next);
  rig.server = await TestServer.listen(rig.authority, port);
  assert.deepEqual(await told(0), { sha512: sha512Of(next), failed: [] });
});

test('a starter that is cut off anywhere goes on where it was', () => {
  const begin = (left: { trial?: string; previous?: boolean; failed?: boolean }) => {
    const dir = mkdtempSync(join(tmpdir(), 'starter-'));
    const own = filesOf(join(dir, 'agent.mjs'));
    writeFileSync(own.starter, starter);
    symlinkSync(process.execPath, join(dir, 'node'));
    writeFileSync(join(dir, 'agent.mjs'), "console.log('present', ...process.argv.slice(2))");
    if (left.previous) writeFileSync(own.previous, "console.log('previous', ...process.argv.slice(2))");
    if (left.failed) writeFileSync(own.failed, 'whatever');
    if (left.trial !== undefined) writeFileSync(own.trial, left.trial);
    const said = execFileSync('sh', [own.starter, 'one', 'two three'], { encoding: 'utf8' }).trim();
    const count = existsSync(own.trial) ? readFileSync(own.trial, 'utf8').trim() : undefined;
    rmSync(dir, { recursive: true });
    return [said, count];
  };
  const most = String(trial.starts);
  assert.deepEqual(begin({}), ['present one two three', undefined]);
  assert.deepEqual(begin({ trial: '0\n', previous: true }), ['present one two three', '1']);
  assert.deepEqual(begin({ trial: most, previous: true }), ['previous one two three', undefined]);
  assert.deepEqual(begin({ trial: most, previous: true, failed: true }), ['previous one two three', undefined]);
  // The earlier one had its place again already.
  assert.deepEqual(begin({ trial: most, failed: true }), ['present one two three', String(trial.starts + 1)]);
  // Cut off as it was written.
  assert.deepEqual(begin({ trial: '', previous: true }), ['present one two three', '1']);
});

test('what is not what was offered is not taken: other bytes, too few, too many', async () => {
  for (const sent of [agent('the nexT'), agent('the next').slice(0, -1), `${agent('the next')}\n`]) {
    const log = rig.log().length;
    offer(agent('the next'), sent);
    await logged(/the agent was not updated; it tries again/, log);
    assert.equal(readFileSync(program, 'utf8'), installed);
    assert.ok(!existsSync(files.next));
  }
});

test('an order that is under way is waited for', async () => {
  const guest = await rig.guest(await rig.image());
  await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  const from = heard();
  const next = agent('the patient');
  offer(next);
  await told(from);
  // It does not listen to its power button; were the agent gone meanwhile, nobody would answer.
  const { state } = await rig.call(agentMethods.stopGuest, {
    ...{ uuid: guest.uuid, forced: false, timeoutSeconds: 6, epoch: rig.epoch() },
  });
  assert.equal(state, 'shutoff');
  assert.equal((await told(from + 1)).sha512, sha512Of(next));
  await rig.call(agentMethods.removeGuest, { uuid: guest.uuid, epoch: rig.epoch() });
});

test('a program that is nobody’s to replace says nothing of itself', async () => {
  const other = await Rig.start();
  try {
    assert.equal(other.server.agents.all.at(-1)!.hello.program, undefined);
  } finally {
    await other.dispose();
  }
});
