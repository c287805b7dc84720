import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { guestNamespace, hostPackages, profileLabelled } from '@virtstack/hypervisor';
import type { NetworkDocument } from '@virtstack/protocol';
import { applyNetworkDocument } from '../network/network.ts';
import { enterWorld } from '../testing/enter-world.ts';
import { isInstalled, tinyPackage } from '../testing/packages.ts';
import { makeSetupHost, type Ran, runSetup } from '../testing/setup-host.ts';
import { places } from './places.ts';

await enterWorld(import.meta.filename);
const virsh = (...args: string[]): string => execFileSync('virsh', ['--quiet', ...args], { encoding: 'utf8' }).trim();
const { agent } = places;
const pool = '/var/lib/virtstack/primary';
const network: NetworkDocument = {
  ...{ id: randomUUID(), bridge: 'cloudbr7', ownBridge: true, gateway: '10.77.0.1', prefixLength: 24, masquerade: true },
  ...{ domain: 'cloud.test', dns: [], leases: [] },
};

before(() => {
  makeSetupHost();
  for (const name of [...hostPackages, ...profileLabelled('KVM')!.packages])
    if (!isInstalled(name)) tinyPackage({ name, version: '99:1.0' });
});

/** A host of the cloud, as its agent leaves it: a network, and a pool with the copy of an image. */
beforeEach(async () => {
  const request = {
    hypervisor: 'KVM',
    emulation: true,
    bridges: [],
    server: 'wss://192.0.2.1:8250/agent',
    authority: '',
    address: '192.0.2.9',
  };
  assert.equal((await runSetup('prepare', request)).code, 0);
  await applyNetworkDocument(network, agent.network(network.id));
  for (const each of ['images', 'volumes']) mkdirSync(join(pool, each), { recursive: true });
  writeFileSync(join(pool, 'images', 'one.qcow2'), '');
  writeFileSync(agent.pools, JSON.stringify([{ path: pool }]));
});

const leave = (): Promise<Ran> => runSetup('leave', {});
const put = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
};
const bridgeIsThere = (): boolean => existsSync(`/sys/class/net/${network.bridge}`);
const tables = (): string => execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' });

/** A guest of the cloud's, with what the agent keeps beside it. */
const ownGuest = (): { uuid: string; xml: string } => {
  const uuid = randomUUID();
  const metadata = `<metadata><v:guest xmlns:v='${guestNamespace}' uuid='${uuid}' epoch='7'/></metadata>`;
  const os = "<os><type>hvm</type></os><memory unit='MiB'>32</memory>";
  const nic = `<devices><interface type='bridge'><source bridge='${network.bridge}'/></interface></devices>`;
  const xml = join('/run', `${uuid}.xml`);
  writeFileSync(xml, `<domain type='qemu'><name>ours</name><uuid>${uuid}</uuid>${metadata}${os}${nic}</domain>`);
  for (const path of [agent.seed(uuid), agent.consoleLog(uuid)]) put(path);
  return { uuid, xml };
};

test('networks, rules, DHCP and copies of images go', async () => {
  assert.ok(bridgeIsThere() && tables().includes(network.id));
  const ran = await leave();
  assert.equal(ran.code, 0);
  assert.ok(!bridgeIsThere() && !tables().includes(network.id));
  assert.match(ran.step(/primary storage/).words!, /\/var\/lib\/virtstack\/primary is gone/);
  assert.ok(!existsSync(pool) && !existsSync(places.data));
});

test('volumes are data, and stay', async () => {
  writeFileSync(join(pool, 'volumes', 'data.qcow2'), 'precious');
  const ran = await leave();
  assert.match(ran.step(/primary storage/).words!, /stays, for 1 volumes are in it: data\.qcow2/);
  assert.ok(existsSync(join(pool, 'volumes', 'data.qcow2')) && existsSync(join(pool, 'images', 'one.qcow2')));
  execFileSync('rm', ['-r', pool]);
});

test('a guest that runs keeps its network and its files, and is not ended', async () => {
  const { uuid, xml } = ownGuest();
  put(join(places.data, 'seeds', 'other.iso'));
  virsh('create', xml);
  try {
    const ran = await leave();
    assert.equal(ran.code, 0);
    assert.match(ran.step(/look at guests/).words!, /these run on, .*: ours$/);
    assert.match(ran.step(/networks/).words!, /cloudbr7 stays with its DHCP and its rules, for guests use it \(vnet\d+\)/);
    assert.equal(virsh('domstate', 'ours'), 'running');
    assert.ok(bridgeIsThere() && tables().includes(network.id));
    for (const path of [agent.seed(uuid), agent.consoleLog(uuid), join(agent.network(network.id), 'dnsmasq.conf')])
      assert.ok(existsSync(path), path);
    for (const path of [places.found, places.config, places.pki, places.programs, join(places.data, 'seeds', 'other.iso')])
      assert.ok(!existsSync(path), path);
  } finally {
    virsh('destroy', 'ours');
  }
});

test('a guest that is off stays defined, and is told', async () => {
  const { uuid, xml } = ownGuest();
  virsh('define', xml);
  try {
    const ran = await leave();
    assert.match(ran.step(/look at guests/).words!, /these stay defined: ours; virsh undefine NAME/);
    assert.match(ran.step(/networks/).words!, /^cloudbr7$/);
    assert.ok(existsSync(agent.seed(uuid)) && !bridgeIsThere());
  } finally {
    virsh('undefine', 'ours');
  }
});
