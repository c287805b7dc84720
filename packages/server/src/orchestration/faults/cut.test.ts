import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Stretch, startStretch } from '../testing/stretch.ts';
import { until } from '../testing/until.ts';
import { type TestHost, type TestZone, withZone } from '../testing/zone.ts';

let zone: TestZone;
let one: TestHost;
let network: Stretch;
let names = 0;
before(async () => {
  zone = await withZone();
  one = await zone.addHost();
  await one.host.disconnect();
  network = await startStretch(zone.server.agentAddress.port);
  one.host.server = { ...zone.server, agentAddress: { host: '127.0.0.1', port: network.port } };
  await back();
});

const state = async () => (await zone.api.list('listHosts', { id: one.id }))[0]!.state;
/** The host's agent has noticed and connects anew. */
async function back(): Promise<void> {
  await one.host.connect();
  await until(async () => (await state()) === 'Up', 'Up');
}
const base = () => ({
  ...{ zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, name: `cut${++names}` },
});
const deployed = async () => (await zone.api.job('deployVirtualMachine', base())).made.id!;
const orders = (method: string): number => one.host.calls.filter((call) => call === method).length;
const ended = async (jobid: string) => {
  const { jobstatus, jobresult } = await until(async () => {
    const job = await zone.api.one('queryAsyncJobResult', { jobid });
    return job.jobstatus !== 0 && job;
  }, 'the end of the job');
  assert.equal(jobstatus, 1, JSON.stringify(jobresult));
};
const impatient = async (seconds: string): Promise<void> => {
  await zone.api.one('updateConfiguration', { name: 'ping.interval', value: seconds });
  await zone.api.one('updateConfiguration', { name: 'ping.timeout', value: '2' });
};

test('an order that is lost in a network that is cut without a word is asked again, and done once', async () => {
  const id = await deployed();
  await impatient('1');
  network.stall();
  const { jobid } = await zone.server.call('stopVirtualMachine', { id, forced: true });
  await until(async () => (await state()) !== 'Up', 'the silence to be noticed');
  assert.equal(orders('guest/stop'), 0);
  network.mend();
  await back();
  await ended(jobid!);
  assert.equal(orders('guest/stop'), 1);
  assert.equal((await zone.api.list('listVirtualMachines', { id }))[0]!.state, 'Stopped');
  await impatient('60');
});

test('an answer that is lost in such a network is asked for again: the guest was started, and is not started beside itself', async () => {
  await impatient('1');
  one.host.acted = async (method) => {
    if (method === 'guest/start') network.stall('to the server');
  };
  const { jobid, id } = await zone.server.call('deployVirtualMachine', base());
  await until(async () => (await state()) !== 'Up', 'the silence to be noticed');
  one.host.acted = undefined;
  network.mend();
  await back();
  await ended(jobid!);
  assert.equal(orders('volume/create'), 2, 'one for each of the two machines');
  assert.equal(one.host.guests.get(id!)!.state, 'running');
  assert.equal((await zone.api.list('listVirtualMachines', { id: id! }))[0]!.state, 'Running');
  await impatient('60');
});

test('a host that connects anew before its old connection is known to be dead is asked again at once', async () => {
  const id = await deployed();
  network.stall();
  const { jobid } = await zone.server.call('rebootVirtualMachine', { id });
  const { db } = zone.server.cloud;
  const asked = async () => (await db.selectFrom('job_step').select('id').where('job_id', '=', jobid!).execute()).length > 0;
  await until(asked, 'the order');
  network.pass();
  const since = performance.now();
  await back();
  await ended(jobid!);
  assert.ok(performance.now() - since < 10_000, `${Math.round(performance.now() - since)} ms`);
  assert.equal(orders('guest/reboot'), 1);
});

test('a host whose connection is dead is reconnected at once, without waiting for a farewell', async () => {
  network.stall();
  const { jobid } = await zone.server.call('reconnectHost', { id: one.id });
  await until(async () => (await state()) === 'Disconnected', 'Disconnected');
  network.pass();
  await back();
  await ended(jobid!);
});
