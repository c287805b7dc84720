import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hostPlaces } from '@virtstack/protocol';
import { enterWorld } from '../testing/enter-world.ts';
import { command } from '../testing/rig.ts';
import { beginLeaving } from './leave-host.ts';

await enterWorld(fileURLToPath(import.meta.url));

test('leave is begun apart from the agent, after its answer', async () => {
  await command('mount', '-t', 'tmpfs', 'tmpfs', '/opt');
  mkdirSync(hostPlaces.programs, { recursive: true });
  writeFileSync(
    hostPlaces.node,
    '#!/bin/sh\n{ echo "$@"; cat; ps -o sid= -p $$; } >/opt/said.new; mv /opt/said.new /opt/said\n',
    { mode: 0o755 },
  );
  await beginLeaving();
  assert.ok(!existsSync('/opt/said'), 'the answer could not be on its way yet');
  for (const end = Date.now() + 30_000; Date.now() < end && !existsSync('/opt/said'); ) await sleep(20);
  const [args, document, session] = readFileSync('/opt/said', 'utf8').split('\n');
  assert.deepEqual([args, document], [`${hostPlaces.agent} leave`, '{}']);
  assert.notEqual(session!.trim(), await command('ps', '-o', 'sid=', '-p', String(process.pid)));
});
