import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildTiny, type TinyImage } from './build.ts';
import { run } from './run.ts';

const cache = process.env.VIRTSTACK_CACHE ?? join(import.meta.dirname, '../../../../.cache');
const mac = '52:54:00:00:00:01';
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

/** A guest on an emulated machine, its serial console in `text`. */
class Machine implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly sshPort: number;
  text = '';
  #seen = 0;
  #changed = Promise.withResolvers<void>();

  constructor(disk: string, seed: string, sshPort: number) {
    this.sshPort = sshPort;
    const drive = (id: string, file: string, options: string): string[] => [
      '-drive',
      `if=none,id=${id},file=${file},${options}`,
      '-device',
      `virtio-blk-pci,drive=${id}`,
    ];
    this.process = spawn('qemu-system-x86_64', [
      ...[
        '-machine',
        'q35,accel=tcg',
        '-m',
        '128',
        '-nodefaults',
        '-display',
        'none',
        '-serial',
        'stdio',
        '-monitor',
        `unix:${disk}.monitor,server,nowait`,
      ],
      ...drive('root', disk, 'format=qcow2'),
      ...drive('seed', seed, 'format=raw,readonly=on'),
      ...[
        '-netdev',
        `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${sshPort}-:22`,
        '-device',
        `virtio-net-pci,netdev=net,mac=${mac},romfile=`,
      ],
      ...[
        '-device',
        'virtio-serial-pci',
        '-chardev',
        'null,id=channel',
        '-device',
        'virtserialport,chardev=channel,name=org.example.channel',
      ],
    ]);
    this.process.stdout!.setEncoding('latin1').on('data', (chunk: string) => {
      this.text += chunk;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    });
    this.process.stderr!.on('data', (chunk: Buffer) => (this.text += chunk));
    this.process.once('exit', () => this.#changed.resolve());
  }

  /** Waits until the console has shown the pattern after what was matched before. @throws after 120 s, or when the machine ended. */
  async expect(pattern: RegExp): Promise<RegExpExecArray> {
    const end = Date.now() + 120_000;
    for (;;) {
      const found = new RegExp(pattern.source, 'm').exec(this.text.slice(this.#seen));
      if (found) {
        this.#seen += found.index + found[0].length;
        return found;
      }
      if (this.process.exitCode !== null || Date.now() > end)
        throw new Error(`No ${pattern} on the console:\n${this.text.slice(this.#seen)}`);
      const timer = setTimeout(() => this.#changed.resolve(), end - Date.now());
      await this.#changed.promise;
      clearTimeout(timer);
    }
  }

  type(line: string): void {
    this.process.stdin!.write(`${line}\n`);
  }

  /** One line's output at a logged-in shell. */
  async shell(line: string): Promise<string> {
    this.type(`${line}; echo "=$?="`);
    await this.expect(/"=\$\?="\r?\n/);
    const [text] = await this.expect(/[\s\S]*?=\d+=\r?\n/);
    await this.expect(/\$ /);
    return text!
      .replace(/=\d+=\r?\n$/, '')
      .replaceAll('\r', '')
      .trim();
  }

  async login(password: string): Promise<void> {
    await this.expect(/login: /);
    this.type('tiny');
    await this.expect(/Password: /);
    this.type(password);
    await this.expect(/\$ /);
    // Long lines must come back unbroken.
    this.type('stty cols 999');
    await this.expect(/\$ /);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await gone;
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Says one line to the machine's monitor. */
const monitor = (disk: string, line: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(`${disk}.monitor`)
      .once('error', reject)
      .once('close', () => resolve());
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('(qemu) ') && !text.includes(line)) socket.write(`${line}\n`);
      else if (text.includes(line) && text.endsWith('(qemu) ')) socket.end();
    });
  });

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
    assert.match(await machine.shell('channel org.example.channel'), /^\/dev\/vport\d+p1$/);
    assert.equal(await machine.shell('channel org.example.other; echo $?'), '1');
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
