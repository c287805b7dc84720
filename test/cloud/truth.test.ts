import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Cloud, eventually, type Machine, virsh } from './cloud.ts';

/** What an admin does beside us shows within two seconds. */
const soon = 2_000;

describe('what virsh does beside the cloud', () => {
  const cloud = new Cloud();
  let machine: Machine;
  const state = (): Promise<string | undefined> => cloud.machine(machine.id!).then((found) => found?.state ?? undefined);
  const shows = (wanted: string): Promise<unknown> => eventually(`state ${wanted}`, state, (value) => value === wanted, soon);

  before(async () => {
    await cloud.up();
    machine = await cloud.deploy({ name: 'beside' });
  });
  after(() => cloud.end());

  it('destroy shows as Stopped, and is respected', async () => {
    await virsh('destroy', machine.instancename!);
    await shows('Stopped');
  });

  it('start shows as Running', async () => {
    await virsh('start', machine.instancename!);
    await shows('Running');
  });

  it('suspend and resume leave it Running', async () => {
    await virsh('suspend', machine.instancename!);
    await virsh('resume', machine.instancename!);
    await shows('Running');
  });

  it('shutdown shows as Stopped when the guest is down', async () => {
    await (await cloud.console(machine)).expect(/virtstack-tiny ready/);
    await virsh('shutdown', machine.instancename!);
    await eventually(
      'the domain is off',
      () => virsh('domstate', machine.instancename!),
      (value) => value.includes('shut off'),
      60_000,
    );
    await shows('Stopped');
  });

  it('undefine takes nothing away: the next start defines it anew', async () => {
    await virsh('undefine', machine.instancename!);
    await shows('Stopped');
    await cloud.api.job('startVirtualMachine', { id: machine.id! });
    assert.match(await virsh('list', '--name'), new RegExp(machine.instancename!));
  });

  it('a domain that the cloud did not make is left alone', async () => {
    const file = '/run/foreign.xml';
    writeFileSync(
      file,
      "<domain type='qemu'><name>foreign</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os></domain>",
    );
    await virsh('define', file);
    await virsh('start', 'foreign');
    await cloud.virtstack('down');
    await cloud.up();
    await eventually(
      'the agent is back',
      () => cloud.api.list('listHosts', { type: 'Routing' }),
      (hosts) => hosts[0]?.state === 'Up',
    );
    assert.match(await virsh('domstate', 'foreign'), /running/);
    assert.deepEqual(
      (await cloud.api.list('listVirtualMachines', { listall: true })).map(({ name }) => name),
      ['beside'],
    );
    await virsh('destroy', 'foreign');
    await virsh('undefine', 'foreign');
  });
});
