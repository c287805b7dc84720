import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud, eventually, type Machine, sh, virsh } from './cloud.ts';

describe('kill -9 in the middle of a deploy', () => {
  const cloud = new Cloud();
  before(() => cloud.up());
  after(() => cloud.end());

  /** Deploys; when the job has begun, kills; the job ends all the same, and what runs is what the API says. */
  const survives = async (name: string, victim: () => Promise<number>): Promise<void> => {
    const { id } = (await cloud.api.call('deployVirtualMachine', await cloud.small({ name }))) as { id: string };
    process.kill(await victim(), 'SIGKILL');
    const ended = (machine: Machine | undefined): boolean => machine?.state === 'Running' || machine?.state === 'Error';
    const machine = await eventually(
      `the end of deploying ${name}`,
      () => cloud.machine(id).catch(() => undefined),
      ended,
      120_000,
    );
    await eventually(
      'libvirtd answers',
      () =>
        virsh('list').then(
          () => true,
          () => false,
        ),
      Boolean,
    );
    const running = (await virsh('list', '--name')).split('\n').filter((line) => line === machine!.instancename);
    assert.equal(running.length, machine!.state === 'Running' ? 1 : 0, `${machine!.state}, and virsh shows ${running.length}`);
    assert.equal(machine!.state, 'Running', 'a part that comes back within seconds costs time, not the machine');
    await cloud.api.job('destroyVirtualMachine', { id, expunge: true });
    assert.doesNotMatch(await virsh('list', '--all', '--name'), new RegExp(machine!.instancename!));
  };

  it('of the server', () => survives('server-dies', () => cloud.pid('server/src/start.ts')));
  it('of the agent', () => survives('agent-dies', () => cloud.pid('agent.mjs')));
  it('of libvirtd', () =>
    survives('libvirtd-dies', async () => Number((await sh('pgrep', '-x', 'libvirtd')).trim().split('\n')[0])));
  it('of PostgreSQL', () => survives('postgres-dies', async () => Number((await sh('pgrep', '-o', '-x', 'postgres')).trim())));

  it('leaves no volume, no definition and no open job behind', async () => {
    assert.deepEqual(await cloud.api.list('listVolumes', { listall: true }), []);
    const jobs = await cloud.api.list('listAsyncJobs', { listall: true });
    assert.deepEqual(
      jobs.filter((job) => job.jobstatus === 0),
      [],
    );
    assert.equal((await sh('find', `${cloud.dataDir}/primary/volumes`, '-type', 'f')).trim(), '');
  });
});
