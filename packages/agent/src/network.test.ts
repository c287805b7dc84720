import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { agentMethods, type NetworkDocument, PeerError } from '@virtstack/protocol';
import { enterWorld } from './testing/enter-world.ts';
import { command, Rig } from './testing/rig.ts';

await enterWorld(import.meta.filename);
const rig = await Rig.start();
after(() => rig.dispose());

const refused = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PeerError, String(error));
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, message);
  return true;
};

const mac = (last: string): string => `52:54:00:00:00:${last}`;
const network = {
  id: randomUUID(),
  bridge: 'cloudbr7',
  gateway: '10.77.0.1',
  prefixLength: 24,
  domain: 'cloud.test',
  ownBridge: true,
  masquerade: true,
  leases: [{ mac: mac('0a'), address: '10.77.0.10', hostname: 'first' }],
} satisfies Partial<NetworkDocument> as unknown as NetworkDocument;
const apply = (more: Partial<NetworkDocument> = {}) => rig.call(agentMethods.applyNetwork, { ...network, ...more });
const dnsmasqPid = (): number => Number(readFileSync(join(rig.dataDir, 'networks', network.id, 'dnsmasq.pid'), 'utf8'));

/** A machine with this MAC, joined to the bridge by a cable, in a network namespace of its own: what DHCP gives it. */
const askForLease = async (mac: string, seconds = 3): Promise<Record<string, string> | undefined> => {
  const holder = spawn('unshare', ['--net', 'sleep', '1000']);
  try {
    await until(() => isApart(holder.pid!));
    const inside = (...argv: string[]) => command('nsenter', `--net=/proc/${holder.pid}/ns/net`, ...argv);
    await command(
      'ip',
      'link',
      'add',
      'cable',
      'master',
      network.bridge,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'address',
      mac,
      'netns',
      String(holder.pid),
    );
    await command('ip', 'link', 'set', 'cable', 'up');
    await inside('ip', 'link', 'set', 'eth0', 'up');
    const script = join(import.meta.dirname, 'testing', 'udhcpc-script.sh');
    const out = await inside(
      'busybox',
      'udhcpc',
      '-n',
      '-q',
      '-f',
      '-t',
      String(seconds),
      '-T',
      '1',
      '-i',
      'eth0',
      '-s',
      script,
    ).catch(() => undefined);
    const said = out?.split('\n').flatMap((line) => [line.split('=') as [string, string]]);
    return said && Object.fromEntries(said.filter(([, value]) => value !== undefined));
  } finally {
    holder.kill('SIGKILL');
    await command('ip', 'link', 'delete', 'cable').catch(() => {});
  }
};

const isApart = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sleep';
  } catch {
    return false;
  }
};

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, 'never came true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test("a network's bridge, addresses and rules are made, and made no second time", async () => {
  await apply();
  const bridge = JSON.parse(await command('ip', '-json', '-details', 'address', 'show', 'dev', 'cloudbr7'))[0];
  assert.equal(bridge.addr_info.find((each: { family: string }) => each.family === 'inet').local, '10.77.0.1');
  assert.deepEqual([bridge.linkinfo.info_data.stp_state, bridge.linkinfo.info_data.forward_delay], [0, 0]);
  assert.match(await command('nft', 'list', 'table', 'ip', `virtstack-${network.id}`), /ip saddr 10\.77\.0\.0\/24 .* masquerade/);
  assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(), '1');
  const pid = dnsmasqPid();
  await apply();
  assert.equal(dnsmasqPid(), pid);
  assert.equal((await command('nft', 'list', 'ruleset')).match(/masquerade/g)!.length, 1);
  assert.deepEqual(JSON.parse(await command('ip', '-json', 'address', 'show', 'dev', 'cloudbr7'))[0].address, bridge.address);
});

test('the gateway answers for the names of guests, also before they have asked for an address', async () => {
  const answer = await promisify(execFile)('busybox', ['nslookup', '-type=a', 'first.cloud.test', '10.77.0.1']);
  assert.match(answer.stdout, /10\.77\.0\.10/);
});

test('a known guest gets its address, its gateway, its name server; a stranger gets nothing', async () => {
  const lease = await askForLease(mac('0a'));
  assert.equal(lease?.ip, '10.77.0.10');
  assert.equal(lease.router, '10.77.0.1');
  assert.equal(lease.dns, '10.77.0.1');
  assert.equal(lease.domain, 'cloud.test');
  assert.equal(lease.subnet, '255.255.255.0');
  assert.equal(await askForLease(mac('ff'), 2), undefined);
});

test('a new guest is served by the daemon that runs; an address that changed hands is given to the new owner', async () => {
  const pid = dnsmasqPid();
  const second = { mac: mac('0b'), address: '10.77.0.11', hostname: 'second' };
  await apply({ leases: [...network.leases, second] });
  assert.equal(dnsmasqPid(), pid);
  assert.equal((await askForLease(mac('0b')))?.ip, '10.77.0.11');
  await apply({ leases: network.leases });
  await apply({ leases: [...network.leases, { mac: mac('0c'), address: '10.77.0.11', hostname: 'third' }] });
  assert.equal((await askForLease(mac('0c')))?.ip, '10.77.0.11');
});

test('leases that come and go quickly leave a daemon that serves the last of them', async () => {
  const guest = { mac: mac('0c'), address: '10.77.0.11', hostname: 'third' };
  for (let round = 0; round < 15; round++) {
    await apply({ leases: [...network.leases, guest] });
    await apply({ leases: network.leases });
  }
  const all = Array.from({ length: 10 }, (_, n) => apply({ leases: n % 2 ? network.leases : [...network.leases, guest] }));
  await Promise.all(all);
  await apply({ leases: [...network.leases, guest] });
  assert.equal((await askForLease(guest.mac))?.ip, guest.address);
});

test('the daemon outlives the agent, and one that died is started again', async () => {
  const pid = dnsmasqPid();
  await rig.stopAgent('SIGKILL');
  process.kill(pid, 0);
  await rig.startAgent();
  assert.equal(dnsmasqPid(), pid);
  await rig.stopAgent();
  process.kill(pid, 'SIGKILL');
  await command('ip', 'link', 'delete', 'cloudbr7');
  await rig.startAgent();
  assert.notEqual(dnsmasqPid(), pid);
  assert.equal((await askForLease(mac('0c')))?.ip, '10.77.0.11');
});

test("an administrator's bridge is served on, never changed", async () => {
  const admins = { id: randomUUID(), bridge: 'br-admin', gateway: '10.78.0.1', ownBridge: false, masquerade: false, leases: [] };
  await assert.rejects(apply(admins), refused('not-found', /no bridge br-admin/));
  await command('ip', 'link', 'add', 'br-admin', 'type', 'bridge', 'stp_state', '1');
  await assert.rejects(apply(admins), refused('invalid', /no address in 10\.78\.0\.0\/24/));
  await command('ip', 'address', 'add', '10.78.0.2/24', 'dev', 'br-admin');
  await command('ip', 'link', 'set', 'br-admin', 'up');
  const before = await command('ip', '-json', 'address', 'show', 'dev', 'br-admin');
  await apply(admins);
  assert.equal(await command('ip', '-json', 'address', 'show', 'dev', 'br-admin'), before);
  await assert.rejects(apply({ ...admins, ownBridge: true }), refused('conflict', /was not made for this network/));
  await assert.rejects(apply({ ...admins, bridge: 'lo' }), refused('invalid', /not a Linux bridge/));
  await rig.call(agentMethods.removeNetwork, { id: admins.id });
  assert.equal(await command('ip', '-json', 'address', 'show', 'dev', 'br-admin'), before);
});

test("what would not be an address or a name in the daemon's files is refused", async () => {
  const lease = network.leases[0]!;
  await assert.rejects(apply({ leases: [{ ...lease, hostname: 'a\ndhcp-script=/x' }] }), refused('invalid', /Not a host's name/));
  await assert.rejects(apply({ leases: [{ ...lease, mac: 'id:*' }] }), refused('invalid', /Not a MAC/));
  await assert.rejects(apply({ leases: [{ ...lease, address: '10.99.0.1' }] }), refused('invalid', /not in 10\.77\.0\.0\/24/));
  await assert.rejects(apply({ domain: 'a/b' }), refused('invalid', /Not a domain/));
});

test('a data directory that the daemon cannot reach is named, with the mend', async () => {
  chmodSync(rig.directory, 0o700);
  const lease = { mac: mac('0d'), address: '10.77.0.12', hostname: 'fourth' };
  await assert.rejects(
    apply({ leases: [...network.leases, lease] }),
    refused('invalid', new RegExp(`mode 700.*chmod o\\+x ${rig.directory}`)),
  );
  chmodSync(rig.directory, 0o711);
});

test('a removed network leaves nothing; one with guests on its bridge stays', async () => {
  await command('ip', 'link', 'add', 'guest0', 'master', 'cloudbr7', 'type', 'veth', 'peer', 'name', 'guest1');
  await assert.rejects(rig.call(agentMethods.removeNetwork, { id: network.id }), refused('in-use', /guest0/));
  await command('ip', 'link', 'delete', 'guest0');
  await rig.call(agentMethods.removeNetwork, { id: network.id });
  assert.ok(!existsSync('/sys/class/net/cloudbr7') && !existsSync(join(rig.dataDir, 'networks', network.id)));
  assert.ok(!(await command('nft', 'list', 'ruleset')).includes('virtstack'));
  await rig.call(agentMethods.removeNetwork, { id: network.id });
});
