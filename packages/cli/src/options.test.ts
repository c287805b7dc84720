import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { hostPort, installation, saveInstallation } from './options.ts';
import { paths } from './paths.ts';

const directory = mkdtempSync('/tmp/virtstack-options-');
after(() => rmSync(directory, { recursive: true }));

it('an address is HOST:PORT, [IPV6]:PORT or :PORT', () => {
  assert.deepEqual(hostPort('127.0.0.1:8443', '--listen'), { host: '127.0.0.1', port: 8443 });
  assert.deepEqual(hostPort('[::1]:80', '--listen'), { host: '::1', port: 80 });
  assert.deepEqual(hostPort(':443', '--listen'), { host: '0.0.0.0', port: 443 });
  for (const text of ['8443', 'host', 'host:', 'host:0', 'host:65536', '::1:80', 'a b:1x'])
    assert.throws(() => hostPort(text, '--listen'), /--listen takes HOST:PORT/, text);
});

it('what was said once holds until it is said anew', () => {
  const at = paths(directory);
  const first = installation({ listen: '127.0.0.1:9000', agents: '127.0.0.1:9001', advertise: 'cloud.example.org' }, at);
  saveInstallation(at, first);
  assert.deepEqual(installation({}, at), first);
  assert.deepEqual(installation({ listen: '127.0.0.1:9100' }, at), { ...first, listen: { host: '127.0.0.1', port: 9100 } });
});

it('a cloud on a lab stays one, and a cloud of this machine does not become one', () => {
  const at = paths(mkdtempSync(join(directory, 'lab-')));
  const first = installation({ lab: true }, at);
  assert.deepEqual([first.lab, first.listen.host, first.agents.host], [true, '0.0.0.0', '10.77.0.2']);
  saveInstallation(at, first);
  assert.deepEqual(installation({}, at), first);
  assert.throws(() => installation({ lab: true, agents: '127.0.0.1:1' }, at), /--lab goes with neither/);
  const own = paths(mkdtempSync(join(directory, 'own-')));
  saveInstallation(own, installation({}, own));
  assert.throws(() => installation({ lab: true }, own), /is a cloud of this machine; name another directory/);
});
