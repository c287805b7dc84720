import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withServer } from '../http/testing.ts';
import { client } from './testing/client.ts';
import { withSharedZone } from './testing/shared-zone.ts';
import { until } from './testing/until.ts';

test('a server that is restarted while a host is emptied goes on: the guest that was moving is moved once, and those that follow', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'migration-restart-'));
  const zone = await withSharedZone({ dataDir });
  const { one, two, offering } = zone;
  const base = { zoneid: zone.zoneId, serviceofferingid: offering, templateid: zone.templateId, hostid: one.id };
  const made = await Promise.all(
    [1, 2, 3, 4].map(async (n) => (await zone.api.job('deployVirtualMachine', { ...base, name: `m${n}` })).made.id!),
  );
  let moving = 0;
  const reached = new Promise<void>((resolve) => {
    one.host.gate = async (method) => {
      if (method !== 'guest/migrate') return;
      if (++moving === 3) resolve();
      await until(() => !one.host.connected, 'the end of the server');
    };
  });
  const { jobid } = await zone.server.call('prepareHostForMaintenance', { id: one.id });
  await reached;
  const { databaseUrl, firstAdmin } = zone.server;
  await zone.server.close();
  one.host.gate = undefined;
  const again = await withServer({ dataDir, databaseUrl });
  const api = client(again, firstAdmin!);
  for (const { host } of [one, two]) {
    host.server = again;
    await host.connect();
  }
  const job = await until(async () => {
    const { jobstatus, jobresult } = await api.one('queryAsyncJobResult', { jobid: jobid! });
    return jobstatus !== 0 && { jobstatus, jobresult };
  }, 'the end of the job');
  assert.equal(job.jobstatus, 1, JSON.stringify(job.jobresult));
  assert.equal((await api.list('listHosts', { id: one.id }))[0]!.resourcestate, 'Maintenance');
  for (const id of made) {
    const [vm] = await api.list('listVirtualMachines', { id });
    assert.deepEqual([vm!.state, vm!.hostid], ['Running', two.id]);
    assert.deepEqual([one.host.guests.has(id), two.host.guests.get(id)!.state], [false, 'running']);
  }
  assert.deepEqual(one.host.moved.map(({ uuid }) => uuid).sort(), [...made].sort());
});
