import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { agentMethods, PeerError } from '@virtstack/protocol';
import { makePerson } from '../accounts/testing.ts';
import type { CloudError } from '../error.ts';
import { client } from '../orchestration/testing/client.ts';
import { until } from '../orchestration/testing/until.ts';
import { type TestHost, type TestZone, withZone } from '../orchestration/testing/zone.ts';
import { agentRefusals, imageStoreRefusals, meantBy } from './refusals.ts';

let zone: TestZone;
let one: TestHost;
let user: TestZone['api'];
before(async () => {
  zone = await withZone();
  one = await zone.addHost();
  const { db, secrets } = zone.server.cloud;
  user = client(zone.server, await makePerson(db, secrets, 'tenant'));
});

const words = 'The image needs 4096 MiB, /var/lib/secret-pool has 12 MiB free.';
const fail = (kind = 'disk-full') =>
  one.host.failures.push({ method: 'volume/create', when: 'before', error: new PeerError(kind, words) });
const base = () => ({ zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId });

test('a tenant is told what a host refused without its paths: by the job, the machine and the event', async () => {
  fail();
  const { errorcode, errortext } = await user.job('deployVirtualMachine', { ...base(), name: 'full' });
  assert.deepEqual(
    [errorcode, errortext],
    [533, 'The storage of the host is full. An admin finds the reason in the server’s log.'],
  );
  const [machine] = await user.list('listVirtualMachines', { name: 'full' });
  assert.equal(machine!.details!.error, errortext);
  const events = await user.list('listEvents', { type: 'VM.CREATE', level: 'ERROR' });
  assert.match(events[0]!.description!, /The storage of the host is full/);
  assert.doesNotMatch(JSON.stringify([machine, events]), /secret-pool/);
  assert.ok(
    zone.server.logged.some((line) => line.includes('/var/lib/secret-pool')),
    'the log has it',
  );
});

test('an admin is told it in the host’s own words', async () => {
  fail();
  const { errorcode, errortext } = await zone.api.job('deployVirtualMachine', { ...base(), name: 'fuller' });
  assert.deepEqual([errorcode, errortext], [533, words]);
  assert.equal((await zone.api.list('listVirtualMachines', { name: 'fuller' }))[0]!.details!.error, words);
});

test('a kind that is not declared tells a tenant nothing of the host', async () => {
  fail('something-new');
  const { errorcode, errortext } = await user.job('deployVirtualMachine', { ...base(), name: 'new' });
  assert.deepEqual([errorcode, errortext], [530, 'The host could not do it. An admin finds the reason in the server’s log.']);
  for (const kind of ['constructor', '__proto__'])
    assert.doesNotMatch(meantBy(agentRefusals, new PeerError(kind, words)).message, /secret-pool/);
});

test('which host is away is for admins', async () => {
  await one.host.disconnect();
  const { agents } = zone.server.cloud;
  await until(async () => !(await agents.connected(one.id)), 'the loss');
  const asked = agents.call(one.id, agentMethods.report, {}, { timeoutMs: 50 });
  await assert.rejects(asked, (error: CloudError) => {
    assert.match(error.message, /^The host cannot be reached or did not answer in time/);
    assert.match(error.forAdmins!, new RegExp(`agent of host ${one.id} is not connected`));
    return true;
  });
});

test('what an image store says of an image is for whoever asked; of its own directory, for admins', () => {
  const said = (kind: string) => meantBy(imageStoreRefusals, new PeerError(kind, 'its words'));
  assert.deepEqual([said('http').message, said('http').forAdmins], ['its words', undefined]);
  assert.match(said('store').message, /cannot be written to/);
  assert.equal(said('store').forAdmins, 'its words');
});
