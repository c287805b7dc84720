import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withServer } from '../http/testing.ts';
import { client } from '../orchestration/testing/client.ts';
import { until } from '../orchestration/testing/until.ts';
import { withZone } from '../orchestration/testing/zone.ts';

test('a host that was away before a server began has its time to come back to it; of one that does not, the admins are told', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'watch-'));
  const zone = await withZone({ dataDir });
  const [back, gone] = [await zone.addHost(), await zone.addHost()];
  await zone.api.one('updateConfiguration', { name: 'ping.interval', value: '5' });
  await zone.api.one('updateConfiguration', { name: 'ping.timeout', value: '2' });
  const { databaseUrl, firstAdmin, cloud } = zone.server;
  await cloud.db
    .updateTable('host')
    .set({ status: 'Disconnected', disconnected: new Date(Date.now() - 3_600_000) })
    .where('id', 'in', [back.id, gone.id])
    .execute();
  await zone.server.close();
  const again = await withServer({ dataDir, databaseUrl });
  const api = client(again, firstAdmin!);
  const { db } = again.cloud;
  // What a dead server left is forgotten at every look: when this is gone, one look at the hosts has begun.
  const guid = randomUUID();
  const left = { guid, remote_address: '127.0.0.1', facts: JSON.stringify(back.host.facts), server_number: 2_000_000 };
  await db.insertInto('waiting_agent').values(left).execute();
  await until(
    async () => !(await db.selectFrom('waiting_agent').select('guid').where('guid', '=', guid).executeTakeFirst()),
    'a look',
    30_000,
  );
  const servers = await db.selectFrom('server').select('number').execute();
  assert.equal(servers.length, 2, 'this one, and the one before it, which hosts still name');
  back.host.server = again;
  await back.host.connect();
  const stateOf = async (id: string) => (await api.list('listHosts', { id }))[0]!.state;
  await until(async () => (await stateOf(gone.id)) === 'Alert', 'the alert', 60_000);
  assert.equal(await stateOf(back.id), 'Up');
  const told = (await api.list('listAlerts', { pagesize: 100 })).map(({ description }) => description!);
  const about = (name: string) => told.filter((text) => text.includes(`Host ${name} has not been heard for 10 s`)).length;
  assert.deepEqual([about(back.host.facts.hostname), about(gone.host.facts.hostname)], [0, 1]);
  gone.host.server = again;
  await gone.host.connect();
  await until(async () => (await db.selectFrom('server').select('number').execute()).length === 1, 'this server alone', 30_000);
});
