import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { until } from '../../orchestration/testing/until.ts';
import { type Speaker, withWorks } from '../testing/people.ts';

const { zone, root, ann, bob } = await withWorks();
const { server } = zone;
const place = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, startvm: false };
const owned = ({ name: account, domainId: domainid }: Speaker) => ({ account, domainid });

test('for a disabled account nothing is started or made, whoever asks; what takes away is done', async () => {
  const { id } = await ann.make('deployVirtualMachine', { ...place, name: 'web' });
  await ann.make('createSSHKeyPair', { name: 'k' });
  const [offering] = (await root.list('listDiskOfferings', { name: 'Small' })).items;
  await root.make('disableAccount', { id: ann.accountId, lock: false });
  const started = await root.refusal('startVirtualMachine', { id });
  assert.equal(started.code, 531);
  assert.match(started.text, /The account ann is disabled: nothing is started for it.*\(enableAccount\)/);
  const made = /The account ann is disabled: nothing new is made for it/;
  assert.match((await root.refusal('deployVirtualMachine', { ...place, ...owned(ann) })).text, made);
  const disk = { zoneid: zone.zoneId, name: 'd', diskofferingid: offering!.id, virtualmachineid: id };
  assert.match((await root.refusal('createVolume', disk)).text, made);
  assert.deepEqual(await root.make('deleteSSHKeyPair', { name: 'k', ...owned(ann) }), { success: true });
  assert.equal((await root.make('destroyVirtualMachine', { id })).state, 'Destroyed');
});

test('the machines of a locked account run on, and an admin starts them; nothing new is made for it', async () => {
  const { id } = await bob.make('deployVirtualMachine', { ...place, name: 'db' });
  await root.make('lockAccount', owned(bob));
  assert.match((await root.refusal('deployVirtualMachine', { ...place, ...owned(bob) })).text, /The account bob is locked/);
  assert.ok((await server.call('startVirtualMachine', { id })).jobid);
  await root.make('enableAccount', owned(bob));
});

test('what is being made while an account is disabled is either seen by that or refused', async () => {
  const { db } = server.cloud;
  const waiting = async () => {
    const { rows } = await sql`select from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%from account where id%for share%'`.execute(db);
    return rows.length > 0;
  };
  const answer = await db.transaction().execute(async (trx) => {
    await trx.updateTable('account').set({ state: 'disabled' }).where('id', '=', bob.accountId).execute();
    const making = bob.call('createSSHKeyPair', { name: 'late' });
    await until(waiting, 'the command waits for the account');
    return { making };
  });
  const { errorcode, errortext } = await answer.making;
  assert.equal(errorcode, 531);
  assert.match(errortext!, /The account bob is disabled/);
});
