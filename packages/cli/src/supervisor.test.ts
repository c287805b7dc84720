import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { after, it } from 'node:test';
import { until } from '@virtstack/shell/run.ts';
import { relayTo } from '@virtstack/shell/say.ts';
import { Supervisor } from './supervisor.ts';

const directory = mkdtempSync('/tmp/virtstack-supervisor-');
const lines: string[] = [];
relayTo((line) => lines.push(line));
after(() => {
  relayTo(undefined);
  rmSync(directory, { recursive: true });
});

it('a part that dies is started again; stopping ends it, and it stays ended', async () => {
  const supervisor = new Supervisor({ log: directory, app: `${directory}/app` });
  supervisor.keep({ name: 'sleeper', argv: ['sh', '-c', 'echo started; exec sleep 600'] });
  const pid = (): number | undefined => supervisor.pids().sleeper;
  const first = pid()!;
  const starts = (): number => readFileSync(`${directory}/sleeper.log`, 'utf8').split('started').length - 1;
  assert.ok(await until(() => starts() === 1, 5_000));
  process.kill(first, 'SIGKILL');
  assert.ok(await until(() => starts() === 2, 5_000), 'it starts again');
  assert.ok(
    lines.some((line) => /sleeper was ended by SIGKILL; it starts again/.test(line)),
    lines.join('\n'),
  );
  const second = pid()!;
  await supervisor.stop();
  assert.equal(existsSync(`/proc/${second}`), false);
});
