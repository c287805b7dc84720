import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildTiny, type TinyImage } from './build.ts';
import { run } from './run.ts';
import { channelOf, freePort, Machine, mac, monitor } from './testing/machine.ts';
import { serveStore } from './testing/store.ts';

const cache = join(import.meta.dirname, '../../../../.cache/tiny');
let folder: string;
let image: TinyImage;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tiny-test-'));
  image = await buildTiny({ out: join(folder, 'tiny.qcow2'), cache });
});
after(() => rm(folder, { recursive: true }));

type Seed = { metaData: string; userData: string; networkConfig?: string };
const makeSeed = async (name: string, { metaData, userData, networkConfig }: Seed): Promise<string> => {
  const directory = await mkdtemp(join(folder, 'seed-'));
  await writeFile(join(directory, 'meta-data'), metaData);
  await writeFile(join(directory, 'user-data'), userData);
  if (networkConfig) await writeFile(join(directory, 'network-config'), networkConfig);
  await run(['xorrisofs', '-quiet', '-joliet', '-rational-rock', '-volid', 'cidata', '-output', join(folder, name), directory]);
  return join(folder, name);
};

const overlay = (name: string): string => {
  const disk = join(folder, name);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image.path, '-F', 'qcow2', disk]);
  return disk;
};

test('a second build of the same recipe is taken from the cache, and the image is a sound qcow2 of tens of megabytes', async () => {
  const again = await buildTiny({ out: join(folder, 'again.qcow2'), cache });
  assert.equal(again.cached, true);
  assert.equal(again.key, image.key);
  assert.deepEqual(await readFile(again.path), await readFile(image.path));
  assert.ok(image.sizeBytes > 10e6 && image.sizeBytes < 60e6, `${image.sizeBytes} bytes`);
  await run(['qemu-img', 'check', '-q', '-f', 'qcow2', image.path]);
  assert.equal(
    JSON.parse(await run(['qemu-img', 'info', '-f', 'qcow2', '--output=json', image.path]))['virtual-size'],
    image.virtualSizeBytes,
  );
});

test('a guest takes name, keys, password, files and commands from its seed once, answers SSH by key only, reboots, and stops at the power button', async () => {
  const key = join(folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const publicKey = (await readFile(`${key}.pub`, 'utf8')).trim();
  const disk = overlay('one.qcow2');
  const userData = `#cloud-config
password: "s3cret: word"
write_files:
  - path: /etc/motd
    permissions: '0640'
    content: |
      written by "user data"
runcmd:
  - echo ran >>/var/log/ran
  - [ sh, -c, 'echo "$0" >>/var/log/ran', "two words" ]
packages: [nginx]
`;
  const metaData = `instance-id: i-1\nlocal-hostname: web-1.example.org\npublic-keys:\n  - ${publicKey}\n`;
  const ssh = (machine: Machine, options: string[], command: string): Promise<string> =>
    run([
      'ssh',
      '-n',
      '-F',
      '/dev/null',
      '-o',
      'BatchMode=yes',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'LogLevel=ERROR',
      '-p',
      `${machine.sshPort}`,
      ...options,
      command,
    ]);
  {
    await using machine = new Machine(disk, await makeSeed('one.iso', { metaData, userData }), await freePort());
    await machine.expect(/Linux version/);
    await machine.expect(/not understood here and left out: packages/);
    await machine.expect(/^virtstack-tiny ready: web-1 10\.0\.2\.15\r$/);
    await machine.login('s3cret: word');
    assert.equal(await machine.shell('hostname; id -un'), 'web-1\ntiny');
    assert.match(await machine.shell('channel-device org.example.channel'), /^\/dev\/vport\d+p\d+$/);
    assert.equal(await machine.shell('channel-device org.example.other; echo $?'), '1');
    for (const user of ['tiny', 'root'])
      assert.equal(
        (await ssh(machine, ['-i', key, '-l', user, '127.0.0.1'], 'id -un; cat /etc/hostname')).trim(),
        `${user}\nweb-1`,
      );
    assert.equal(
      await ssh(machine, ['-i', key, '-l', 'root', '127.0.0.1'], 'cat /etc/motd /var/log/ran; stat -c %a /etc/motd'),
      'written by "user data"\nran\ntwo words\n640\n',
    );
    await assert.rejects(ssh(machine, ['-l', 'tiny', '127.0.0.1'], 'true'), /Permission denied \(publickey\)/);
    // The same instance again: nothing runs twice.
    await ssh(machine, ['-i', key, '-l', 'root', '127.0.0.1'], 'reboot');
    await machine.expect(/Linux version/);
    await machine.expect(/^virtstack-tiny ready: web-1 10\.0\.2\.15\r$/);
    assert.equal(await ssh(machine, ['-i', key, '-l', 'root', '127.0.0.1'], 'cat /var/log/ran'), 'ran\ntwo words\n');
    const stopped = new Promise((resolve) => machine.process.once('exit', resolve));
    await monitor(disk, 'system_powerdown');
    await machine.expect(/tiny Linux stops\./);
    assert.equal(await stopped, 0);
  }
  // Another instance-id on the same disk: all of it anew.
  {
    const other = await makeSeed('other.iso', { metaData: metaData.replace('i-1', 'i-9'), userData });
    await using machine = new Machine(disk, other, await freePort());
    await machine.expect(/virtstack-tiny ready: web-1/);
    assert.equal(
      await ssh(machine, ['-i', key, '-l', 'root', '127.0.0.1'], 'cat /var/log/ran'),
      'ran\ntwo words\nran\ntwo words\n',
    );
  }
});

test('a static address of network-config, a script as user data, the default password on the console', async () => {
  const networkConfig = `network:
  version: 2
  ethernets:
    any:
      match: {macaddress: '${mac.toUpperCase()}'}
      addresses: [10.0.2.77/24]
      routes: [{to: default, via: 10.0.2.2}]
      nameservers: {addresses: [10.0.2.3], search: [example.org]}
`;
  const userData = '#!/bin/sh\necho "script on $(hostname)" >/etc/motd\nexit 3\n';
  const disk = overlay('two.qcow2');
  await using machine = new Machine(
    disk,
    await makeSeed('two.iso', { metaData: 'instance-id: i-2\nlocal-hostname: two\n', userData, networkConfig }),
    await freePort(),
  );
  await machine.expect(/the script failed with exit code 3/);
  await machine.expect(/^virtstack-tiny ready: two 10\.0\.2\.77\r$/);
  await machine.login('tiny');
  assert.match(
    await machine.shell('cat /etc/motd; ip route; cat /etc/resolv.conf'),
    /^script on two\ndefault via 10\.0\.2\.2 dev eth0[\s\S]*nameserver 10\.0\.2\.3$/,
  );
});

test('network-config version 1 is understood too', async () => {
  const networkConfig = `version: 1
config:
  - type: physical
    name: eth0
    mac_address: "${mac}"
    mtu: 1400
    subnets:
      - type: static
        address: 10.0.2.78
        netmask: 255.255.255.0
        gateway: 10.0.2.2
  - type: nameserver
    address: [10.0.2.3]
`;
  await using machine = new Machine(
    overlay('three.qcow2'),
    await makeSeed('three.iso', { metaData: 'instance-id: i-3\n', userData: '', networkConfig }),
    await freePort(),
  );
  await machine.expect(/^virtstack-tiny ready: tiny 10\.0\.2\.78\r$/);
  await machine.login('tiny');
  assert.match(
    await machine.shell('cat /sys/class/net/eth0/mtu; ip route; cat /etc/resolv.conf'),
    /^1400\ndefault via 10\.0\.2\.2 dev eth0[\s\S]*nameserver 10\.0\.2\.3$/,
  );
});

test('the kernel for paravirtual guests is one that GRUB knows as such', async () => {
  const raw = join(folder, 'tiny.raw');
  await run(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', image.path, raw]);
  await run(['debugfs', '-R', `dump /boot/vmlinux.gz ${folder}/vmlinux.gz`, `${raw}?offset=1048576`]);
  await run(['gzip', '-d', '-f', `${folder}/vmlinux.gz`]);
  await run(['grub-file', '--is-x86_64-xen-domu', `${folder}/vmlinux`]);
});

test('without a serial port the console is used that is there; a channel is found by its name on either bus, and spoken both ways', async () => {
  const userData = `#!/bin/sh
mkdir /dev/xen
ln -s "$(channel-device org.example.store)" /dev/xen/xenbus
for name in org.example.channel virtstack.control nobody; do device=$(channel-device $name); echo "$name: $device $?" >/dev/hvc0; done
sed 's/^/inittab /' /run/inittab >/dev/hvc0
exec 3<>"$(channel-device org.example.channel)"
echo 'said by the guest' >&3
read -r line <&3
echo "heard: $line" >/dev/hvc0
`;
  const disk = overlay('four.qcow2');
  const seed = await makeSeed('four.iso', { metaData: 'instance-id: i-4\nlocal-hostname: four\n', userData });
  await using machine = new Machine(disk, seed, await freePort(), { serialPort: false });
  const [channel, store] = await Promise.all([channelOf(disk, 'channel'), channelOf(disk, 'store')]);
  serveStore(store, { 'device/console/1/name': 'org.example.other', 'device/console/3/name': 'virtstack.control' });
  channel.once('data', (said) => channel.write(String(said).replace('said', 'echoed')));
  await machine.expect(/^org\.example\.channel: \/dev\/vport\d+p\d+ 0\r$/);
  await machine.expect(/^virtstack\.control: \/dev\/hvc3 0\r$/);
  await machine.expect(/^nobody: {2}1\r$/);
  await machine.expect(/^heard: echoed by the guest\r$/);
  await machine.expect(/^virtstack-tiny ready: four/);
  assert.doesNotMatch(machine.text, /write error|inittab ttyS0/);
  assert.match(machine.text, /inittab ::sysinit/);
  for (const socket of [channel, store]) socket.destroy();
});
