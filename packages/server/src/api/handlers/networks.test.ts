import assert from 'node:assert/strict';
import test from 'node:test';
import { networkLabelOf } from '@virtstack/contract';
import { type Values, withServer } from '../../http/testing.ts';
import { admin } from './testing.ts';

const hypervisors = Object.keys(networkLabelOf).map((type) => ({ type, macPrefix: '52:54:00' }));
const server = await withServer({ hypervisors });
const { make, list, refusal } = admin(server);
let count = 0;

async function place(labels: Values = {}) {
  const dns = { dns1: '9.9.9.9', internaldns1: '9.9.9.9' };
  const zone = await make('createZone', { name: `zone${++count}`, networktype: 'Advanced', ...dns });
  const physical = await make('createPhysicalNetwork', { name: 'p', zoneid: zone.id, vlan: '100-200' });
  const traffic = await make('addTrafficType', { physicalnetworkid: physical.id, traffictype: 'Guest', ...labels });
  return { zone, zoneid: zone.id, physical, traffic };
}
const offerings = async (values: Values) => (await list('listNetworkOfferings', values)).items;
const [shared] = await offerings({ name: 'DefaultSharedNetworkOffering' });
const sane = { gateway: '10.1.1.1', netmask: '255.255.255.0', startip: '10.1.1.10', endip: '10.1.1.99' };
const network = (zoneid: string, more: Values = {}) => ({
  ...{ name: 'net', zoneid, networkofferingid: shared!.id, ...sane },
  ...more,
});

test('offerings say what they are to strict clients', () => {
  assert.equal(shared!.serviceofferingid, '');
  assert.deepEqual([shared!.guestiptype, shared!.state, shared!.specifyvlan], ['Shared', 'Enabled', true]);
  assert.ok(shared!.service.some(({ name }) => name === 'Dhcp'));
});

test('offerings are found by state and by services', async () => {
  const names = async (values: Values) => (await offerings(values)).map(({ name }) => name);
  assert.deepEqual(await names({ state: 'enabled' }), ['DefaultSharedNetworkOffering']);
  const natted = ['DefaultIsolatedNetworkOfferingWithSourceNatService'];
  assert.deepEqual(await names({ supportedservices: 'Dhcp,SourceNat' }), natted);
  assert.deepEqual(await names({ sourcenatsupported: true }), natted);
});

test('a physical network and its traffic are made by jobs that answer them', async () => {
  const { physical, traffic, zone } = await place({ kvmnetworklabel: 'br7' });
  assert.deepEqual([physical.state, physical.vlan, physical.zonename], ['Enabled', '100-200', zone.name]);
  assert.deepEqual([traffic.kvmnetworklabel, traffic.traffictype], ['br7', 'Guest']);
  const listed = await list('listTrafficTypes', { physicalnetworkid: physical.id });
  assert.equal(listed.items[0]!.id, traffic.id);
});

test('a physical network goes with its traffic', async () => {
  const { physical, traffic, zoneid } = await place();
  assert.equal((await make('deleteTrafficType', { id: traffic.id })).success, true);
  assert.equal((await make('deletePhysicalNetwork', { id: physical.id })).success, true);
  assert.equal((await list('listPhysicalNetworks', { zoneid })).count, 0);
});

test('a physical network carries each kind of traffic once', async () => {
  const { physical } = await place();
  const { text } = await refusal('addTrafficType', { physicalnetworkid: physical.id, traffictype: 'Guest' });
  assert.match(text, /carries Guest traffic already/);
});

test('a label is for its own type, and for others without one', async () => {
  const both = (await place({ kvmnetworklabel: 'br1', xennetworklabel: 'xenbr0' })).traffic;
  assert.deepEqual([both.kvmnetworklabel, both.xennetworklabel], ['br1', 'xenbr0']);
  const one = (await place({ kvmnetworklabel: 'br1' })).traffic;
  assert.deepEqual([one.kvmnetworklabel, one.xennetworklabel], ['br1', 'br1']);
});

test('a label is the name of a bridge', async () => {
  const { physical } = await place();
  const values = { physicalnetworkid: physical.id, traffictype: 'Storage', kvmnetworklabel: 'a b' };
  assert.match((await refusal('addTrafficType', values)).text, /not a bridge’s name/);
});

test('ranges of VLANs are checked', async () => {
  const { zoneid } = await place();
  for (const vlan of ['0-10', '200-100', '1-4095', 'abc'])
    assert.match((await refusal('createPhysicalNetwork', { name: 'p', zoneid, vlan })).text, /is not a range of VLANs/, vlan);
});

test('a shared network is made on the zone’s physical network and shown to strict clients', async () => {
  const { zoneid, physical } = await place();
  const made = await make('createNetwork', network(zoneid));
  assert.deepEqual([made.gateway, made.netmask, made.cidr], ['10.1.1.1', '255.255.255.0', '10.1.1.0/24']);
  assert.deepEqual([made.physicalnetworkid, made.vlan, made.networkdomain], [physical.id, 'untagged', 'cs.internal']);
  assert.deepEqual([made.type, made.state, made.tags], ['Shared', 'Setup', []]);
});

test('networks are found by their services, and never as what this version does not have', async () => {
  const { zoneid } = await place();
  const { id } = await make('createNetwork', network(zoneid));
  const found = await list('listNetworks', { zoneid, supportedservices: 'Dhcp' });
  assert.deepEqual([found.count, found.items[0]!.id], [1, id]);
  assert.equal((await list('listNetworks', { zoneid, supportedservices: 'SourceNat' })).count, 0);
  assert.equal((await list('listNetworks', { zoneid, forvpc: true })).count, 0);
});

test('a network is the cloud’s own where its bridge is the one of the setting, and the admin’s elsewhere', async () => {
  const ownBridge = async (labels: Values) => {
    const { id } = await make('createNetwork', network((await place(labels)).zoneid));
    const row = await server.cloud.db.selectFrom('network').select('own_bridge').where('id', '=', id).executeTakeFirstOrThrow();
    return row.own_bridge;
  };
  assert.equal(await ownBridge({}), true);
  assert.equal(await ownBridge({ kvmnetworklabel: 'virtstack0' }), true);
  assert.equal(await ownBridge({ kvmnetworklabel: 'br0' }), false);
  assert.equal(await ownBridge({ kvmnetworklabel: 'virtstack0', xennetworklabel: 'xenbr0' }), false);
});

test('a network that makes no sense is refused with its numbers', async () => {
  const { zoneid } = await place();
  const refused = async (more: Values) => (await refusal('createNetwork', network(zoneid, more))).text;
  assert.match(await refused({ gateway: '10.2.1.1' }), /startip=10\.1\.1\.10 is not within 10\.2\.1\.1-10\.2\.1\.254/);
  assert.match(await refused({ startip: '10.1.1.1' }), /contains the gateway/);
  assert.match(await refused({ netmask: '255.0.255.0' }), /is not a netmask/);
  assert.match(await refused({ dns1: 'x' }), /dns1=x is not an IPv4 address/);
  assert.match(await refused({ networkdomain: '-a' }), /is not a domain name/);
  assert.match(await refused({ vlan: '100' }), /does not tag/);
});

test('two networks on one bridge are refused, unless they are meant and give away different addresses', async () => {
  const { zoneid } = await place();
  await make('createNetwork', network(zoneid));
  assert.match((await refusal('createNetwork', network(zoneid))).text, /guests of both would hear each other/);
  const meant = (startip: string) => network(zoneid, { bypassvlanoverlapcheck: true, startip, endip: '10.1.1.120' });
  const { text } = await refusal('createNetwork', meant('10.1.1.90'));
  assert.match(text, /overlap with 10\.1\.1\.10-10\.1\.1\.99 of the network net/);
  assert.equal((await make('createNetwork', meant('10.1.1.100'))).type, 'Shared');
});

test('an offering that this version cannot build is refused with the one that it can', async () => {
  const { zoneid } = await place();
  const [isolated] = await offerings({ name: 'DefaultIsolatedNetworkOffering' });
  const { code, text } = await refusal('createNetwork', network(zoneid, { networkofferingid: isolated!.id }));
  assert.equal(code, 432);
  assert.match(text, /Use DefaultSharedNetworkOffering/);
});

test('a zone without guest traffic says what to do', async () => {
  const { zoneid, traffic } = await place();
  await make('deleteTrafficType', { id: traffic.id });
  assert.match((await refusal('createNetwork', network(zoneid))).text, /addTrafficType/);
});

test('what networks use cannot be deleted; a deleted network is gone', async () => {
  const { zoneid, physical, traffic } = await place();
  const { id } = await make('createNetwork', network(zoneid));
  assert.match((await refusal('deletePhysicalNetwork', { id: physical.id })).text, /it still has 1 network\./);
  assert.match((await refusal('deleteTrafficType', { id: traffic.id })).text, /it still has 1 network\./);
  assert.equal((await make('deleteNetwork', { id })).success, true);
  assert.equal((await list('listNetworks', { zoneid })).count, 0);
});

test('the names of guests end as the network says, else its account, else the nearest domain, else the zone', async () => {
  const names = { domain: 'above.example', below: 'below.example', account: 'own.example', zone: 'zone.example' };
  const above = await make('createDomain', { name: 'above', networkdomain: names.domain });
  const below = await make('createDomain', { name: 'below', parentdomainid: above.id });
  const person = { email: 'e@example.org', firstname: 'A', lastname: 'B', password: 'correct horse battery', accounttype: 0 };
  const account = await make('createAccount', { ...person, username: 'ann', domainid: below.id, networkdomain: names.account });
  const suffix = async (more: Values) => {
    const { zoneid } = await place({ kvmnetworklabel: 'br0' });
    await make('updateZone', { id: zoneid, domain: names.zone });
    return (await make('createNetwork', network(zoneid, more))).networkdomain;
  };
  const owned = { acltype: 'Account', account: 'ann', domainid: below.id };
  assert.equal(await suffix({ ...owned, networkdomain: 'said.example' }), 'said.example');
  assert.equal(await suffix(owned), names.account);
  await make('updateAccount', { id: account.id, networkdomain: '' });
  assert.equal(await suffix(owned), names.domain);
  await make('updateDomain', { id: below.id, networkdomain: names.below });
  assert.equal(await suffix(owned), names.below);
  for (const id of [above.id, below.id]) await make('updateDomain', { id, networkdomain: '' });
  assert.equal(await suffix(owned), names.zone);
  const [top] = (await list('listDomains', { level: 0 })).items;
  await make('updateAccount', { account: 'admin', domainid: top!.id, networkdomain: names.account });
  assert.equal(await suffix({}), names.zone, 'everybody’s network is not the account’s that made it');
});
