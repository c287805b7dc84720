import assert from 'node:assert/strict';
import test from 'node:test';
import { merge } from './merge.ts';

const own = { id: 'a', user: 'ann', command: 'startVirtualMachine', params: {}, what: 'Start web-1', started: 1000 };
const listed = { jobid: 'b', cmd: 'stopVirtualMachine', jobstatus: 1, account: 'bob', created: '2026-11-23T06:17:01+0000' };

test('a job that the server has not listed yet is running', () => {
  const [job] = merge([own], [], []);
  assert.deepEqual([job?.what, job?.state], ['Start web-1', 'running']);
});

test('a job known to both is one, in the user’s words and with the server’s state', () => {
  const jobs = merge([own], [{ jobid: 'a', jobstatus: 1, cmd: 'x', created: '2026-11-23T06:17:01+0000' }], []);
  assert.deepEqual(
    jobs.map((job) => [job.what, job.state]),
    [['Start web-1', 'done']],
  );
});

test('running jobs come first, then the newest', () => {
  const jobs = merge([own], [listed, { ...listed, jobid: 'c', created: '2026-11-24T06:17:01+0000' }], []);
  assert.deepEqual(
    jobs.map((job) => job.id),
    ['a', 'c', 'b'],
  );
});

test('a failure is unread until it was opened, and says why', () => {
  const failed = { ...listed, jobstatus: 2, jobresult: { errorcode: '533', errortext: 'No host has 4 GiB free' } };
  assert.deepEqual(
    merge([], [failed], []).map((job) => [job.unread, job.error]),
    [[true, 'No host has 4 GiB free']],
  );
  assert.equal(merge([], [failed], ['b'])[0]?.unread, false);
});

test('the name of a command, or of a Java class, is read as words', () => {
  const what = (cmd: string) => merge([], [{ ...listed, cmd }], [])[0]?.what;
  assert.equal(what('stopVirtualMachine'), 'Stop virtual machine');
  assert.equal(what('org.apache.cloudstack.api.command.user.vm.StartVirtualMachineCmd'), 'Start virtual machine');
});
