import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { CommandName } from '@virtstack/contract';
import { makeDomain, makePerson, type Person } from '../../accounts/testing.ts';
import { seedId } from '../../db/seed.ts';
import { type Content, callAs, type Values } from '../../http/testing.ts';
import { type Client, client } from '../../orchestration/testing/client.ts';
import { until } from '../../orchestration/testing/until.ts';
import { type TestZone, withZone } from '../../orchestration/testing/zone.ts';

/** What is limited: the API’s numbers. */
const type = { vm: 0, volume: 2, cpu: 8, memory: 9, primary: 10, secondary: 11 } as const;
const limitExceeded = 532;

let zone: TestZone;
let root: Client;
before(async () => {
  zone = await withZone();
  root = zone.api;
  await zone.addHost();
});

let count = 0;
/** Somebody in a domain of his own below ROOT, or in that of `path`. */
async function person(
  role: 'User' | 'DomainAdmin' | 'Admin' = 'User',
  path?: string,
): Promise<Person & Client & { path: string }> {
  const { db, secrets } = zone.server.cloud;
  const name = `p${++count}`;
  if (path === undefined) await makeDomain(db, name);
  const at = path ?? `/${name}/`;
  const made = await makePerson(db, secrets, name, role, at);
  return { ...made, ...client(zone.server, made), path: at };
}
const limit = (whose: Values, resourcetype: number, max: number) =>
  root.one('updateResourceLimit', { ...whose, resourcetype, max });
const accountOf = ({ name, domainId }: Person) => ({ account: name, domainid: domainId });
const call = (who: Person, command: CommandName, values: Values): Promise<Content> => callAs(zone.server, who, command, values);
const machine = () => ({
  zoneid: zone.zoneId,
  serviceofferingid: zone.offeringId,
  templateid: zone.templateId,
  networkids: zone.networkId,
  startvm: false,
});
const disk = (size: number) => ({ name: 'd', zoneid: zone.zoneId, diskofferingid: seedId('disk_offering', 'Custom'), size });
const machinesOf = async (whose: Values) =>
  (await root.list('listVirtualMachines', { ...whose, listall: true, pagesize: 500 })).length;

/** How many of many calls, all under way at once, came through; every other one is refused with 532. */
async function throughOf(calls: readonly Promise<Content>[]): Promise<number> {
  const answers = await Promise.all(calls);
  const refused = answers.filter(({ errorcode }) => errorcode !== undefined);
  for (const { errorcode, errortext } of refused) assert.equal(errorcode, limitExceeded, errortext);
  return answers.length - refused.length;
}

test('of 200 deploys at once at a limit of 10 exactly 10 come through', async () => {
  const user = await person();
  await limit(accountOf(user), type.vm, 10);
  await limit(accountOf(user), type.volume, -1);
  assert.equal(await throughOf(Array.from({ length: 200 }, () => call(user, 'deployVirtualMachine', machine()))), 10);
  assert.equal(await machinesOf(accountOf(user)), 10);
});

test('of 200 deploys of four accounts at once a domain’s limit of 10 lets exactly 10 through', async () => {
  const boss = await person('DomainAdmin');
  const inner = await makeDomain(zone.server.cloud.db, 'inner', boss.path);
  const users = [
    boss,
    await person('User', boss.path),
    await person('User', boss.path),
    await person('User', `${boss.path}inner/`),
  ];
  assert.ok(inner);
  await limit({ domainid: boss.domainId }, type.vm, 10);
  const deploys = Array.from({ length: 200 }, (_, n) => call(users[n % users.length]!, 'deployVirtualMachine', machine()));
  assert.equal(await throughOf(deploys), 10);
  assert.equal(await machinesOf({ domainid: boss.domainId, isrecursive: true }), 10);
});

test('volumes at once take no more bytes than there may be', async () => {
  const user = await person();
  await limit(accountOf(user), type.primary, 12);
  await limit(accountOf(user), type.volume, -1);
  assert.equal(await throughOf(Array.from({ length: 40 }, () => call(user, 'createVolume', disk(5)))), 2);
  assert.equal(await throughOf([call(user, 'createVolume', disk(2))]), 1);
  assert.equal(await throughOf([call(user, 'createVolume', disk(1))]), 0);
  const [shown] = await user.list('listAccounts');
  assert.deepEqual([shown!.primarystoragelimit, shown!.primarystoragetotal, shown!.primarystorageavailable], ['12', 12, '0']);
});

/** Volumes share nothing but the limit; machines wait for each other at their network, too. */
test('volumes of eight accounts at once take no more bytes than their domain may have', async () => {
  const boss = await person('DomainAdmin');
  const users = [boss, ...(await Promise.all(Array.from({ length: 7 }, () => person('User', boss.path))))];
  await limit({ domainid: boss.domainId }, type.primary, 33);
  const making = Array.from({ length: 80 }, (_, n) => call(users[n % users.length]!, 'createVolume', disk(3)));
  assert.equal(await throughOf(making), 11);
  const [shown] = await boss.list('listDomains');
  assert.deepEqual([shown!.primarystoragetotal, shown!.volumetotal], [33, 11]);
});

test('a refusal says what is limited, how far it is used, whose limit it is and who can raise it', async () => {
  const user = await person();
  await limit(accountOf(user), type.vm, 0);
  const { errorcode, errortext } = await call(user, 'deployVirtualMachine', machine());
  assert.equal(errorcode, limitExceeded);
  assert.equal(
    errortext,
    `Maximum amount of resources of type 'user_vm' (virtual machines) for account ${user.name} is exceeded: limit 0, in use 0, wanted 1. Give some back, or ask an administrator of ROOT/${user.name} to raise the limit (updateResourceLimit).`,
  );
  await limit(accountOf(user), type.vm, -1);
  await limit({ domainid: user.domainId }, type.memory, 100);
  const text = (await call(user, 'deployVirtualMachine', machine())).errortext!;
  assert.match(
    text,
    /'memory' \(MiB of memory\) for domain ROOT\/p\d+ is exceeded: limit 100, wanted \d+\. .* administrator of ROOT to raise/,
  );
  assert.doesNotMatch(text, /in use/);
  const admin = await person('DomainAdmin', user.path);
  assert.match((await call(admin, 'deployVirtualMachine', machine())).errortext!, /limit 100, in use 0, wanted/);
});

test('a limit below what is in use stops growth of that alone, and what is given back may be had again', async () => {
  const user = await person();
  const deploy = () => call(user, 'deployVirtualMachine', machine());
  const ids = [(await deploy()).id!, (await deploy()).id!, (await deploy()).id!];
  assert.equal((await limit(accountOf(user), type.vm, 2)).max, 2);
  const [shown] = await user.list('listAccounts');
  assert.deepEqual([shown!.vmlimit, shown!.vmtotal, shown!.vmavailable, shown!.vmstopped], ['2', 3, '0', 3]);
  assert.equal((await call(user, 'createVolume', disk(1))).errorcode, undefined);
  assert.equal((await deploy()).errorcode, limitExceeded);
  assert.equal((await user.job('destroyVirtualMachine', { id: ids[0]! })).status, 1);
  assert.equal((await deploy()).errorcode, limitExceeded);
  assert.equal((await user.job('destroyVirtualMachine', { id: ids[1]! })).status, 1);
  assert.equal((await deploy()).errorcode, undefined);
  assert.match(await root.refusal('recoverVirtualMachine', { id: ids[0]! }), /limit 2, in use 2, wanted 1/);
  assert.equal(await machinesOf({ ...accountOf(user), state: 'Present' }), 2);
});

test('a deploy that fails gives its machine back', async () => {
  const user = await person();
  await limit(accountOf(user), type.vm, 1);
  await limit(accountOf(user), type.primary, -1);
  const { id } = await call(user, 'deployVirtualMachine', { ...machine(), startvm: true, rootdisksize: 900_000 });
  const shown = async () => (await root.list('listVirtualMachines', { id: id! }))[0]?.state;
  await until(async () => (await shown()) === 'Error', 'the failure');
  assert.equal((await call(user, 'deployVirtualMachine', machine())).errorcode, undefined);
});

test('an image for which there is no secondary storage is not kept, and its template says why', async () => {
  const user = await person();
  await limit(accountOf(user), type.secondary, 0);
  const image = { url: 'https://images.example/t.qcow2', format: 'QCOW2', hypervisor: 'KVM', zoneid: zone.zoneId };
  const [made] = await user.list('registerTemplate', { name: 'mine', ...image });
  const shown = async () => (await user.list('listTemplates', { templatefilter: 'self', id: made!.id! }))[0];
  await until(
    async () => /secondary_storage.* limit 0, in use 0, wanted 0\.01/.test((await shown())?.status ?? ''),
    'the reason',
  );
  assert.equal((await shown())?.isready, false);
  await until(async () => !zone.store.images.has(made!.id!), 'the image is gone');
});

test('accounts have CloudStack’s limits by default, which settings change, and admins none', async () => {
  const [user, admin] = [await person(), await person('Admin')];
  const shown = async (who: Client) =>
    Object.fromEntries((await who.list('listResourceLimits')).map((one) => [one.resourcetypename, one.max]));
  const byDefault = { user_vm: 20, public_ip: 20, volume: 20, snapshot: 20, template: 20, project: 10, network: 20, vpc: 20 };
  assert.deepEqual(await shown(user), { ...byDefault, cpu: 40, memory: 40_960, primary_storage: 200, secondary_storage: 400 });
  assert.deepEqual(new Set(Object.values(await shown(admin))), new Set([-1]));
  await root.one('updateConfiguration', { name: 'max.account.cpus', value: 1 });
  assert.equal((await shown(user)).cpu, 1);
  await limit(accountOf(user), type.cpu, 7);
  assert.equal((await shown(user)).cpu, 7);
  await root.one('resetConfiguration', { name: 'max.account.cpus' });
});

test('a domain has the limit of the nearest domain around it that has one', async () => {
  const user = await person();
  const id = await makeDomain(zone.server.cloud.db, 'inside', user.path);
  const shown = async () => (await root.list('listResourceLimits', { domainid: id, resourcetype: type.cpu }))[0]!.max;
  assert.equal(await shown(), -1);
  await limit({ domainid: user.domainId }, type.cpu, 9);
  assert.equal(await shown(), 9);
  await limit({ domainid: id }, type.cpu, 4);
  assert.equal(await shown(), 4);
  const all = await root.list('listResourceLimits', { domainid: user.domainId, isrecursive: true, resourcetypename: 'CPU' });
  assert.deepEqual(
    all.map(({ max }) => max),
    [9, 4],
  );
  assert.match(
    await root.refusal('updateResourceLimit', { domainid: id, resourcetype: type.cpu, max: 10 }),
    /10 is more than .* 9 CPUs/,
  );
});

test('a domain’s admin sets limits below him, none of his own, and none above his domain’s', async () => {
  const boss = await person('DomainAdmin');
  const user = await person('User', boss.path);
  const stranger = await person();
  const inner = await makeDomain(zone.server.cloud.db, 'below', boss.path);
  await limit({ domainid: boss.domainId }, type.vm, 5);
  const set = (whose: Values, max: number, resourcetype: number = type.vm) =>
    call(boss, 'updateResourceLimit', { ...whose, resourcetype, max });
  assert.equal((await set(accountOf(user), 5)).errorcode, undefined);
  assert.equal((await set({ domainid: inner }, 3)).errorcode, undefined);
  for (const [whose, max] of [
    [accountOf(user), 6],
    [accountOf(user), -1],
    [{ domainid: inner }, 6],
    [{ domainid: inner }, -1],
  ] as const)
    assert.match((await set(whose, max)).errortext!, /more than the domain ROOT\/p\d+ may have: 5 virtual machines/);
  for (const whose of [accountOf(boss), { domainid: boss.domainId }]) assert.equal((await set(whose, 1)).errorcode, 531);
  assert.equal((await set(accountOf(user), -1, type.cpu)).errorcode, undefined);
  const unknown = await set({ account: 'nobody', domainid: boss.domainId }, 1);
  assert.equal(unknown.errorcode, 531);
  for (const whose of [accountOf(stranger), { domainid: stranger.domainId }, { domainid: seedId('domain', 'ROOT') }])
    assert.match((await set(whose, 1)).errortext!, /entity does not exist/);
  assert.equal((await call(user, 'updateResourceLimit', { ...accountOf(user), resourcetype: 0, max: -1 })).errorcode, 432);
});

test('a user is shown his own limits, whatever he asks for', async () => {
  const [user, other] = [await person(), await person()];
  const mine = await user.list('listResourceLimits', { listall: true, domainid: user.domainId });
  assert.deepEqual([...new Set(mine.map(({ account }) => account))], [user.name]);
  const foreign = await call(user, 'listResourceLimits', { account: other.name, domainid: user.domainId });
  const unknown = await call(user, 'listResourceLimits', { account: 'nobody', domainid: user.domainId });
  assert.equal(foreign.errortext, unknown.errortext!.replace('nobody', other.name));
  assert.equal((await call(user, 'listResourceLimits', { resourcetypename: 'moon' })).errorcode, 431);
});

test('counting anew mends what was wrong and tells what it was', async () => {
  const user = await person();
  await call(user, 'createVolume', disk(1));
  const { db } = zone.server.cloud;
  await db.updateTable('account_usage').set({ volume: 17, user_vm: 2 }).where('account_id', '=', user.accountId).execute();
  const counted = await root.list('updateResourceCount', { domainid: user.domainId });
  const of = (name: string) => counted.find(({ resourcetypename }) => resourcetypename === name)?.resourcecount;
  assert.deepEqual([of('volume'), of('user_vm'), of('primary_storage')], [1, 0, 2 ** 30]);
  const [alert] = await root.list('listAlerts', { keyword: user.name });
  assert.match(alert!.description!, /user_vm was 2, is 0; volume was 17, is 1\./);
  const [shown] = await user.list('listAccounts');
  assert.deepEqual([shown!.volumetotal, shown!.vmtotal], [1, 0]);
  await root.list('updateResourceCount', { ...accountOf(user), resourcetype: type.volume });
  assert.equal((await root.list('listAlerts', { keyword: user.name })).length, 1);
});

test('the figures of a domain are those of all below it; a user is told what is left for him', async () => {
  const boss = await person('DomainAdmin');
  await makeDomain(zone.server.cloud.db, 'deep', boss.path);
  const users = [await person('User', boss.path), await person('User', `${boss.path}deep/`)];
  for (const user of users) await call(user, 'createVolume', disk(3));
  await limit({ domainid: boss.domainId }, type.volume, 5);
  const [shown] = await boss.list('listDomains');
  assert.deepEqual(
    [shown!.volumelimit, shown!.volumetotal, shown!.volumeavailable, shown!.primarystoragetotal],
    ['5', 2, '3', 6],
  );
  const below = await boss.list('listDomains', { listall: true, name: 'deep' });
  assert.deepEqual([below[0]!.volumelimit, below[0]!.volumetotal], ['5', 1]);
  const [seen] = await users[0]!.list('listDomains');
  assert.deepEqual([seen!.volumeavailable, seen!.volumetotal], ['3', undefined]);
});

test('what is left of a domain’s limit is told to a user as far as it is left for him: the rest would tell of the others', async () => {
  const boss = await person('DomainAdmin');
  const [user, other] = [await person('User', boss.path), await person('User', boss.path)];
  await call(user, 'createVolume', disk(3));
  for (let i = 0; i < 3; i++) await call(other, 'createVolume', disk(3));
  await limit({ domainid: boss.domainId }, type.volume, 50);
  await limit(accountOf(user), type.volume, 10);
  const [seen] = await user.list('listDomains');
  assert.deepEqual(
    [seen!.volumelimit, seen!.volumeavailable, seen!.vmlimit, seen!.vmavailable],
    ['50', '9', 'Unlimited', 'Unlimited'],
  );
  const [own] = await user.list('listAccounts');
  assert.deepEqual([own!.volumelimit, own!.volumetotal, own!.volumeavailable], ['10', 1, '9']);
  assert.equal((await boss.list('listDomains'))[0]!.volumeavailable, '46');
});
