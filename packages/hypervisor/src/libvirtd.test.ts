import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { format, parse } from '@virtstack/libvirt/xml/declare.ts';
import { disk as declaredDisk } from '@virtstack/libvirt/xml/devices.ts';
import { domain } from '@virtstack/libvirt/xml/domain.ts';
import { createWorld, type World } from '../../../test/world.ts';
import { disk } from './devices/disk.ts';
import { domainXml } from './domain.ts';
import type { Guest } from './guest.ts';
import { type HostCapabilities, hostCapabilities } from './host.ts';
import { kvm } from './kvm.ts';
import { guestMetadata, guestNamespace } from './metadata.ts';
import { accelerationProbe } from './probe.ts';
import type { Profile } from './profile.ts';
import { fullGuest, minimalGuest } from './testing/guests.ts';
import { test as testDriver } from './testing/test-driver.ts';

// Against a real libvirtd, in a world of its own (needs root). Guests are emulated here: what is proved is that libvirt takes our documents.

let world: World;
let directory: string;

before(async () => {
  world = await createWorld({ libvirtd: true });
  directory = await mkdtemp(join(tmpdir(), 'guests-'));
});
after(async () => {
  await world.dispose();
  await rm(directory, { recursive: true });
});

async function virsh(profile: Profile, ...command: string[]): Promise<string> {
  const { code, stdout, stderr } = await world.run(['virsh', '--quiet', '--connect', profile.uri, ...command]);
  assert.equal(code, 0, `virsh ${command.join(' ')}: ${stderr}`);
  return stdout;
}

const host = async (profile: Profile): Promise<HostCapabilities> => hostCapabilities(await virsh(profile, 'capabilities'), false);

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

/** The guest with all its files in the test's own directory, its disks made. */
async function onThisDisk(guest: Guest): Promise<Guest> {
  const here = (path: string) => join(directory, `${guest.name}-${path.split('/').at(-1)}`);
  for (const disk of guest.disks) {
    const { code, stderr } = await world.run(['qemu-img', 'create', '-q', '-f', disk.format, here(disk.path), '1M']);
    assert.equal(code, 0, stderr);
  }
  return {
    ...guest,
    disks: guest.disks.map((disk) => ({ ...disk, path: here(disk.path) })),
    channels: guest.channels.map((channel) => ({ ...channel, path: here(channel.path) })),
    consoleLog: guest.consoleLog && here(guest.consoleLog),
  };
}

for (const [which, guestOf] of Object.entries({ minimal: minimalGuest, full: fullGuest })) {
  test(`the QEMU driver defines, starts and describes the ${which} guest`, async () => {
    const guest = await onThisDisk(guestOf(kvm));
    for (const { bridge } of guest.nics) assert.equal((await world.run(['ip', 'link', 'add', bridge, 'type', 'bridge'])).code, 0);
    const xml = domainXml(guest, kvm, await host(kvm));
    await virsh(kvm, 'define', '--validate', await written(`${which}.xml`, xml));
    await virsh(kvm, 'start', guest.name);
    assert.equal((await virsh(kvm, 'domstate', guest.name)).trim(), 'running');
    const metadata = { uuid: guest.uuid, epoch: guest.epoch };
    const described = await virsh(kvm, 'dumpxml', guest.name);
    assert.deepEqual(guestMetadata(described), metadata);
    const { consoles, channels, graphics } = parse(domain, described).devices ?? {};
    assert.match(consoles?.[0]?.tty ?? '', /^\/dev\/pts\/\d+$/);
    assert.deepEqual(
      channels?.map(({ target }) => target?.state) ?? [],
      guest.channels.map(() => 'disconnected'),
    );
    assert.equal((graphics?.[0]?.port ?? 5900) >= 5900, true);
    assert.deepEqual(guestMetadata(await virsh(kvm, 'metadata', guest.name, '--uri', guestNamespace)), metadata);
    await virsh(kvm, 'destroy', guest.name);
    await virsh(kvm, 'undefine', guest.name);
  });

  test(`the test driver takes the ${which} guest of its own profile`, async () => {
    const guest = guestOf(testDriver);
    const file = await written(`test-${which}.xml`, domainXml(guest, testDriver, await host(testDriver)));
    // One process: what test:///default holds is gone with its connection.
    const text = await virsh(testDriver, `define --validate ${file}; start ${guest.name}; dumpxml ${guest.name}`);
    const described = text.slice(text.indexOf('<domain'));
    assert.deepEqual(guestMetadata(described), { uuid: guest.uuid, epoch: guest.epoch });
  });
}

test('ten disks can be attached while a guest runs', async () => {
  const guest = await onThisDisk(minimalGuest(kvm));
  await virsh(kvm, 'create', '--validate', await written('hotplug.xml', domainXml(guest, kvm, await host(kvm))));
  for (const slot of Array.from({ length: 10 }, (_, index) => index + 1)) {
    const data = await onThisDisk({ ...guest, disks: [{ slot, path: `/data${slot}`, format: 'qcow2', readOnly: false }] });
    const file = await written('disk.xml', format(declaredDisk, disk(data.disks[0]!, kvm)));
    await virsh(kvm, 'attach-device', guest.name, file, '--live');
  }
  await virsh(kvm, 'destroy', guest.name);
});

test('the probe of acceleration switches itself off where its type really runs', async () => {
  const { cpuMode: _, ...emulating } = { ...kvm, domainType: 'qemu' };
  const path = join(directory, 'probe.img');
  const probe = accelerationProbe(emulating, await host(kvm), path, '00000000-0000-4000-8000-0000000000aa');
  assert.ok('xml' in probe);
  await writeFile(path, probe.disk);
  await virsh(kvm, 'define', '--validate', await written('probe.xml', probe.xml));
  const name = 'probe-00000000-0000-4000-8000-0000000000aa';
  await virsh(kvm, 'start', name);
  const state = async () => (await virsh(kvm, 'domstate', '--reason', name)).trim();
  while (/^running/.test(await state())) await pause(50);
  assert.equal(await state(), 'shut off (shutdown)');
});
