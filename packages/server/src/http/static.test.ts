import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { send, type TestServer, withServer } from './testing.ts';

let server: TestServer;
let uiDir: string;
before(async () => {
  uiDir = await mkdtemp(join(tmpdir(), 'ui-'));
  await writeFile(join(uiDir, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(uiDir, 'app-1234.js'), 'script()');
  server = await withServer({ uiDir });
});
after(() => rm(uiDir, { recursive: true }));

test('the page answers at the root of the UI and for every address of it that is no file', async () => {
  const root = await send(server, '/');
  assert.deepEqual([root.status, root.headers.location], [302, '/client/']);
  for (const path of ['/client/', '/client/instances', '/client/instances/1234?tab=console', '/client/console/?ticket=x&vm=y']) {
    const { status, text, headers } = await send(server, path);
    assert.deepEqual([status, text, headers['cache-control']], [200, '<!doctype html><title>page</title>', 'no-cache'], path);
  }
});

test('built files may be kept for ever, and one that is not there is not the page', async () => {
  const { status, text, headers } = await send(server, '/client/app-1234.js');
  assert.deepEqual([status, text], [200, 'script()']);
  assert.match(String(headers['cache-control']), /immutable/);
  for (const path of ['/client/app-9999.js', '/elsewhere']) assert.equal((await send(server, path)).status, 404, path);
  for (const path of ['/client/../../etc/passwd', '/client/%2e%2e/%2e%2e/etc/passwd', '/client/..%2f..%2fetc%2fpasswd']) {
    const { status, text } = await send(server, path);
    assert.ok((status >= 400 && status < 500) || text.includes('<title>page'), `${path}: ${status}`);
    assert.ok(!text.includes('root:'));
  }
});

test('every answer forbids what the UI does not need', async () => {
  for (const path of ['/client/', '/client/api?command=x', '/nothing']) {
    const { headers } = await send(server, path);
    assert.match(String(headers['content-security-policy']), /default-src 'self'.*frame-ancestors 'none'/);
    assert.doesNotMatch(String(headers['content-security-policy']), /script-src|unsafe-eval/);
    assert.deepEqual([headers['x-content-type-options'], headers['referrer-policy']], ['nosniff', 'no-referrer']);
    assert.equal(headers['strict-transport-security'], undefined);
  }
});
