import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { speakOverChannel } from './channel.ts';
import { Cloud, eventually, type Machine, sh, virsh } from './cloud.ts';
import { type Console, logIn } from './console.ts';

describe('a machine, from deploy to expunge', () => {
  const cloud = new Cloud();
  const webKey = '/run/web1';
  let machine: Machine;
  let console: Console;
  let said = '';

  before(async () => {
    said = await cloud.up();
  });
  after(() => cloud.end());

  it('up says where the cloud is, and writes it down for root alone', () => {
    for (const word of [cloud.admin.url, cloud.admin.username, cloud.admin.password, cloud.admin.apikey, cloud.admin.secretkey])
      assert.ok(said.includes(word), said);
    assert.equal(statSync(`${cloud.dataDir}/admin.json`).mode & 0o777, 0o600);
  });

  it('runs the server and its database without root, and only the agent with it', async () => {
    const users = await sh('ps', '-eo', 'user:20,args');
    const userOf = (word: string): string[] =>
      users
        .split('\n')
        .filter((line) => line.includes(word) && line.includes(cloud.dataDir))
        .map((line) => line.split(' ')[0]!);
    assert.deepEqual([...new Set(userOf('server/src/start.ts'))], ['virtstack']);
    assert.deepEqual([...new Set(userOf('postgres -D'))], ['virtstack']);
    assert.deepEqual([...new Set(userOf('image-store.mjs'))], ['virtstack-images']);
    assert.deepEqual([...new Set(userOf('agent.mjs'))], ['root']);
  });

  it('deploys, and libvirt shows the guest running', async () => {
    const key = await cloud.api.one('createSSHKeyPair', { name: 'mine' });
    assert.match(key.privatekey ?? '', /PRIVATE KEY/);
    writeFileSync(webKey, key.privatekey!, { mode: 0o600 });
    const userdata = Buffer.from('#cloud-config\nhostname: web1\nruncmd:\n  - echo user-data-was-here > /root/marker\n').toString(
      'base64',
    );
    machine = await cloud.deploy({ name: 'web1', keypair: 'mine', userdata });
    assert.equal(machine.state, 'Running');
    assert.match(await virsh('list', '--name'), new RegExp(`^${machine.instancename}$`, 'm'));
  });

  it('shows the boot on the console, the address that was promised, and lets one log in', async () => {
    console = await cloud.console(machine);
    await console.expect(/Linux version/);
    const ready = await console.expect(/virtstack-tiny ready: \S+ \S+\s/);
    assert.ok(ready.includes('web1') && ready.includes(machine.ipaddress!), `${ready}: the API says web1 ${machine.ipaddress}`);
    await logIn(console, machine.ipaddress!);
    console.close();
  });

  it('gives the guest the SSH key: ssh logs in, and user data was carried out', async () => {
    const file = '/run/id';
    const made = await cloud.api.one('createSSHKeyPair', { name: 'second' });
    writeFileSync(file, made.privatekey!, { mode: 0o600 });
    const second = await cloud.deploy({ name: 'web2', keypair: 'second' });
    const ssh = (): Promise<string> =>
      sh(
        'ssh',
        '-i',
        file,
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
        '-o',
        'ConnectTimeout=3',
        '-o',
        'BatchMode=yes',
        `tiny@${second.ipaddress}`,
        'hostname',
      ).catch((error: Error) => error.message);
    await eventually('ssh by the key', ssh, (out) => out.trim().endsWith('web2'), 120_000);
    await cloud.api.job('destroyVirtualMachine', { id: second.id!, expunge: true });
    assert.equal(await cloud.machine(second.id!), undefined);
  });

  it('has a private channel: found by its name in the guest, spoken both ways', async () => {
    await speakOverChannel(machine, webKey);
  });

  it('stops by asking the guest, and starts again', async () => {
    const stopped = (await cloud.api.job('stopVirtualMachine', { id: machine.id! })) as Machine;
    assert.equal(stopped.state, 'Stopped');
    assert.match(await virsh('domstate', machine.instancename!), /shut off/);
    const started = (await cloud.api.job('startVirtualMachine', { id: machine.id! })) as Machine;
    assert.equal(started.state, 'Running');
    assert.equal(started.ipaddress, machine.ipaddress, 'an address stays with its machine');
    await (await cloud.console(machine)).expect(/virtstack-tiny ready: web1/);
  });

  it('reboots', async () => {
    const watching = await cloud.console(machine);
    await watching.expect(/virtstack-tiny ready/);
    assert.equal(((await cloud.api.job('rebootVirtualMachine', { id: machine.id! })) as Machine).state, 'Running');
    await watching.expect(/reboot: (Power down|Restarting)/);
    await watching.closed;
    const after = await cloud.console(machine);
    await after.expect(/Linux version/);
    await after.expect(/virtstack-tiny ready: web1/);
    after.close();
    await speakOverChannel(machine, webKey);
  });

  it('refuses a second machine of the same name with a sentence, and a wrong template with another', async () => {
    await assert.rejects(cloud.deploy({ name: 'web1' }), /web1/);
    await assert.rejects(cloud.deploy({ templateid: '00000000-0000-4000-8000-000000000000' }), /template/i);
  });

  it('destroys, recovers, destroys and expunges; nothing is left', async () => {
    const disk = (await virsh('domblklist', machine.instancename!))
      .split('\n')
      .find((line) => line.includes('/volumes/'))!
      .trim()
      .split(/\s+/)[1]!;
    await cloud.api.job('destroyVirtualMachine', { id: machine.id! });
    assert.equal((await cloud.machine(machine.id!))?.state, 'Destroyed');
    assert.ok(statSync(disk));
    assert.equal(((await cloud.api.one('recoverVirtualMachine', { id: machine.id! })) as Machine).state, 'Stopped');
    assert.equal(((await cloud.api.job('startVirtualMachine', { id: machine.id! })) as Machine).state, 'Running');
    await cloud.api.job('destroyVirtualMachine', { id: machine.id!, expunge: true });
    assert.equal(await cloud.machine(machine.id!), undefined);
    assert.doesNotMatch(await virsh('list', '--all', '--name'), new RegExp(machine.instancename!));
    assert.throws(() => statSync(disk), /ENOENT/);
    assert.deepEqual(await cloud.api.list('listVolumes', { listall: true }), []);
  });

  it('keeps running guests when it stops, and finds everything when it starts again', async () => {
    const stays = await cloud.deploy({ name: 'stays' });
    await cloud.virtstack('down');
    assert.match(await virsh('list', '--name'), new RegExp(stays.instancename!));
    await cloud.up();
    const found = await eventually(
      'the machine',
      () => cloud.machine(stays.id!),
      (value) => value?.state === 'Running',
    );
    assert.equal(found?.hostname !== undefined, true);
    assert.match(await cloud.virtstack('status'), /host .*Up/);
    await cloud.api.job('destroyVirtualMachine', { id: stays.id!, expunge: true });
  });

  it('writes no secret into a log', () => {
    for (const name of ['server', 'agent', 'image-store']) {
      const log = readFileSync(`${cloud.dataDir}/log/${name}.log`, 'utf8');
      for (const secret of [cloud.admin.secretkey, cloud.admin.password, 'user-data-was-here'])
        assert.ok(!log.includes(secret), `${name}.log has ${secret}`);
    }
  });

  it('purges all that it made', async () => {
    await cloud.virtstack('down', '--purge');
    assert.throws(() => statSync(cloud.dataDir), /ENOENT/);
    assert.doesNotMatch(await sh('ip', 'link'), /virtstack0/);
  });
});
