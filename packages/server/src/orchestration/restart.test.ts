import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withServer } from '../http/testing.ts';
import { client } from './testing/client.ts';
import { until } from './testing/until.ts';
import { withZone } from './testing/zone.ts';

test('a server that is restarted in the middle of a deployment ends it, repeats nothing that was done, and marks no host down', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'restart-'));
  const zone = await withZone({ dataDir });
  const { id, host } = await zone.addHost();
  const reached = new Promise<void>((resolve) => {
    host.gate = async (method) => {
      if (method !== 'guest/start') return;
      resolve();
      await until(() => !host.connected, 'the end of the server');
    };
  });
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, name: 'survivor' };
  const asked = await zone.server.call('deployVirtualMachine', base);
  await reached;
  const { databaseUrl, firstAdmin } = zone.server;
  await zone.server.close();
  host.gate = undefined;
  const again = await withServer({ dataDir, databaseUrl });
  const api = client(again, firstAdmin!);
  assert.equal((await api.list('listHosts', { id }))[0]!.state, 'Up');
  host.server = again;
  await host.connect();
  const job = await until(async () => {
    const { jobstatus, jobresult } = await api.one('queryAsyncJobResult', { jobid: asked.jobid! });
    return jobstatus !== 0 && { jobstatus, jobresult };
  }, 'the end of the job');
  assert.equal(job.jobstatus, 1, JSON.stringify(job.jobresult));
  assert.equal(host.guests.size, 1);
  assert.deepEqual(
    host.calls.filter((call) => call === 'volume/create'),
    ['volume/create'],
  );
  assert.equal((await api.list('listVirtualMachines', { id: asked.id! }))[0]!.state, 'Running');
});

test('a machine is expunged when its time has come, and not before', async () => {
  const zone = await withZone();
  await zone.addHost();
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId };
  const { made } = await zone.api.job('deployVirtualMachine', { ...base, name: 'old' });
  await zone.api.job('destroyVirtualMachine', { id: made.id! });
  await zone.api.one('updateConfiguration', { name: 'expunge.interval', value: '1' });
  const { expungeDue } = await import('./expunge-loop.ts');
  await expungeDue(zone.server.cloud);
  assert.equal((await zone.api.list('listVirtualMachines', { name: 'old' }))[0]!.state, 'Destroyed');
  await zone.api.one('updateConfiguration', { name: 'expunge.delay', value: '0' });
  await until(async () => (await zone.api.list('listVirtualMachines', { name: 'old' })).length === 0, 'the expunging');
});
