import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentMethods, PeerError } from '@virtstack/protocol';
import { bootSector } from './testing/boot-sector.ts';
import { enterWorld } from './testing/enter-world.ts';
import { command, Rig, virsh } from './testing/rig.ts';

await enterWorld(import.meta.filename);
const rig = await Rig.start();
after(() => rig.dispose());

const place = join(rig.directory, 'machines');
mkdirSync(place, { mode: 0o711 });

type Shape = { readonly name?: string; readonly disks?: string; readonly more?: string; readonly head?: string };
const diskXml = (path: string, target: string, format = 'raw'): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${path}'/><target dev='${target}' bus='virtio'/></disk>`;
const rawFile = (): string => {
  const path = join(place, `${randomUUID()}.img`);
  writeFileSync(path, bootSector());
  return path;
};

/** A domain as an admin made it, before there was a cloud. */
const domainXml = ({
  name = `old-${randomUUID().slice(0, 8)}`,
  disks = diskXml(rawFile(), 'vda'),
  more = '',
  head = '',
}: Shape = {}) => {
  const uuid = randomUUID();
  const text = `<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid>${head}<memory unit='MiB'>32</memory><vcpu>1</vcpu>
    <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
    <devices>${disks}${more}<serial type='pty'/><memballoon model='none'/></devices></domain>`;
  return { name, uuid, text };
};
const file = (text: string): string => {
  const path = join(rig.directory, `${randomUUID()}.xml`);
  writeFileSync(path, text);
  return path;
};
const define = async (shape: Shape = {}, start = false): Promise<{ name: string; uuid: string }> => {
  const { name, uuid, text } = domainXml(shape);
  await virsh('define', file(text));
  if (start) await virsh('start', name);
  return { name, uuid };
};
const forget = async (name: string): Promise<void> => {
  await virsh('destroy', name).catch(() => {});
  await virsh('undefine', name, '--managed-save', '--snapshots-metadata').catch(() => {});
};

const look = async (name?: string) => (await rig.call(agentMethods.unmanagedGuests, { ...(name && { name }) })).guests;
const adopt = (uuid: string, epoch = rig.epoch()) => rig.call(agentMethods.adoptGuest, { uuid, epoch });
const release = (uuid: string, epoch = rig.epoch()) => rig.call(agentMethods.releaseGuest, { uuid, epoch });
const refused = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PeerError, String(error));
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, message);
  return true;
};
const obstacles = async (name: string): Promise<string> => (await look(name))[0]!.obstacles.join('\n');
const document = async (name: string) => ({
  live: await virsh('dumpxml', '--security-info', name),
  defined: await virsh('dumpxml', '--security-info', '--inactive', name),
});
const mark = / *<metadata>\s*<virtstack:guest [^>]*\/>\s*<\/metadata>\n/;
const pidOf = async (name: string): Promise<string> => readFileSync(`/run/libvirt/qemu/${name}.pid`, 'utf8');

test('a domain that the cloud did not make is described: size, disks with what is beneath them, NICs with their bridges, and how it runs', async () => {
  const base = join(place, 'base.qcow2');
  const top = join(place, 'top.qcow2');
  await command('qemu-img', 'create', '-q', '-f', 'qcow2', base, '3M');
  await command('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', top, '5M');
  await command('ip', 'link', 'add', 'adopt0', 'type', 'bridge');
  const more = `<interface type='bridge'><mac address='52:54:00:0A:00:01'/><source bridge='adopt0'/><model type='virtio'/></interface>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk><graphics type='vnc' port='5999' autoport='no'/>`;
  const { name, uuid } = await define({ disks: diskXml(top, 'vda', 'qcow2'), more }, true);
  const [guest] = await look(name);
  assert.deepEqual(guest, {
    ...{
      uuid,
      name,
      state: 'running',
      vcpus: 1,
      memoryKiB: 32_768,
      mode: 'hvm',
      firmware: 'bios',
      autostart: false,
      snapshots: false,
    },
    disks: [
      {
        ...{ target: 'vda', device: 'disk', type: 'file', bus: 'virtio', source: top, format: 'qcow2', capacityBytes: 5 << 20 },
        ...{ backing: [base], readOnly: false },
      },
      { target: 'sda', device: 'cdrom', type: 'file', bus: 'sata', format: 'raw', backing: [], readOnly: true },
    ],
    nics: [{ mac: '52:54:00:0a:00:01', type: 'bridge', model: 'virtio', bridge: 'adopt0' }],
    graphics: [{ type: 'vnc', port: 5999 }],
    obstacles: [],
  });
  await forget(name);
});

test('the cloud’s own guests are not among the domains that it did not make', async () => {
  const guest = await rig.guest(await rig.image());
  await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  assert.deepEqual(await look(), []);
  await rig.call(agentMethods.removeGuest, { uuid: guest.uuid, epoch: rig.epoch() });
});

test('a domain that runs is adopted in place and given back: the same process all the time, and not a line of its documents is another', async () => {
  const head = `<title>an old one</title><metadata><x:note xmlns:x='https://example.org/note'>mine</x:note></metadata>`;
  for (const shape of [{}, { head }]) {
    const { name, uuid } = await define(shape, true);
    const [before, pid] = [await document(name), await pidOf(name)];
    assert.deepEqual(await adopt(uuid), { state: 'running' });
    assert.deepEqual(await look(name), []);
    for (const text of Object.values(await document(name))) assert.match(text, /<virtstack:guest [^>]*adopted=.yes./);
    const ours = await rig.call(agentMethods.report, {});
    assert.equal(ours.guests.find((one) => one.uuid === uuid)?.ours, true);
    if (!shape.head) {
      const now = await document(name);
      assert.deepEqual({ live: now.live.replace(mark, ''), defined: now.defined.replace(mark, '') }, before);
    }
    assert.deepEqual(await release(uuid), { state: 'running' });
    const back = await document(name);
    assert.equal(back.defined, before.defined);
    assert.equal(back.live.replace('  <metadata/>\n', ''), before.live);
    assert.equal(await pidOf(name), pid);
    assert.equal((await look(name))[0]?.uuid, uuid);
    await forget(name);
  }
});

test('an adopted guest that was stopped is started from the definition that it had', async () => {
  const { name, uuid } = await define({ more: `<sound model='ich9'/>` });
  const { defined } = await document(name);
  assert.deepEqual(await adopt(uuid), { state: 'shutoff' });
  for (let run = 1; run <= 2; run++) {
    assert.deepEqual(await rig.call(agentMethods.startAdopted, { uuid, epoch: rig.epoch() }), { state: 'running' });
    assert.equal((await document(name)).defined.replace(mark, ''), defined);
    const forced = { uuid, forced: true, timeoutSeconds: 0, epoch: rig.epoch() };
    assert.deepEqual(await rig.call(agentMethods.stopGuest, forced), { state: 'shutoff' });
  }
  await forget(name);
  await assert.rejects(
    rig.call(agentMethods.startAdopted, { uuid, epoch: rig.epoch() }),
    refused('not-found', /is not on this host any more/),
  );
});

test('the definition of an adopted guest is not made anew, nor is a foreign one started', async () => {
  const image = await rig.image();
  const guest = await rig.guest(image);
  const { name } = await virshDefined(guest.uuid);
  await assert.rejects(
    rig.call(agentMethods.startAdopted, { uuid: guest.uuid, epoch: rig.epoch() }),
    refused('foreign', /left alone/),
  );
  await adopt(guest.uuid);
  const start = rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  await assert.rejects(start, refused('invalid-state', /was adopted/));
  await forget(name);
});
const virshDefined = async (uuid: string): Promise<{ name: string }> => {
  const { name, uuid: other, text } = domainXml();
  await virsh('define', file(text.replace(other, uuid)));
  return { name };
};

test('a guest that the cloud made is given back running, keeps what it needs to be started with virsh, and can come back', async () => {
  const seed = { metaData: 'instance-id: one\n', userData: '#cloud-config\n' };
  const channels = [{ name: 'org.qemu.guest_agent.0' }];
  const guest = await rig.guest(await rig.image(), { seed, channels });
  await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  const pid = await pidOf(guest.name);
  assert.deepEqual(await release(guest.uuid), { state: 'running' });
  assert.deepEqual(await release(guest.uuid), { state: 'running' }, 'asked twice');
  assert.equal(await pidOf(guest.name), pid);
  assert.deepEqual(await obstacles(guest.name), '');
  await virsh('destroy', guest.name);
  await virsh('start', guest.name);
  assert.deepEqual(await rig.call(agentMethods.adoptGuest, { uuid: guest.uuid, made: true, epoch: rig.epoch() }), {
    state: 'running',
  });
  await rig.call(agentMethods.stopGuest, { uuid: guest.uuid, forced: true, timeoutSeconds: 0, epoch: rig.epoch() });
  assert.deepEqual(await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() }), { state: 'running' });
  await rig.call(agentMethods.removeGuest, { uuid: guest.uuid, epoch: rig.epoch() });
});

test('what stands against a domain is told, cause and cure, and it is not adopted', async () => {
  const block = `<disk type='block' device='disk'><source dev='/dev/loop7'/><target dev='vdb' bus='virtio'/></disk>`;
  const network = `<disk type='network' device='disk'><source protocol='rbd' name='pool/image'><host name='192.0.2.9'/></source><target dev='vdc' bus='virtio'/></disk>`;
  const missing = diskXml('/nowhere/disk.img', 'vdd');
  const vmdk = diskXml(rawFile(), 'vde', 'vmdk');
  const twice = rawFile();
  const disks = [diskXml(rawFile(), 'vda'), block, network, missing, vmdk, diskXml(twice, 'vdf'), diskXml(twice, 'vdg')].join('');
  const { name, uuid } = await define({ disks, more: `<interface type='user'><mac address='52:54:00:00:00:09'/></interface>` });
  const found = (await look(name))[0]!.obstacles;
  const expected = [
    /vdb is of type block \(\/dev\/loop7\)/,
    /vdc is of type network \(rbd:pool\/image\)/,
    /vdd, \/nowhere\/disk\.img, cannot be read/,
    /vde has the format vmdk/,
    /vdf and vdg have the same file/,
    /52:54:00:00:00:09 is of type user and on no bridge/,
  ];
  assert.equal(found.length, expected.length, found.join('\n'));
  for (const [index, words] of expected.entries()) assert.match(found[index]!, words);
  await assert.rejects(adopt(uuid), refused('not-adoptable', /vdb is of type block/));
  assert.ok(!(await virsh('dumpxml', name)).includes('virtstack'));
  await forget(name);
});

test('a domain without a disk, a transient one, one whose memory was saved, and one of an odd name are not adopted', async () => {
  const bare = await define({ disks: '' });
  assert.match(await obstacles(bare.name), /^It has no disk\.$/);
  await forget(bare.name);

  const { name, text } = domainXml();
  await virsh('create', file(text));
  assert.match(await obstacles(name), /^It is transient/);
  await forget(name);

  const saved = await define({}, true);
  await virsh('managedsave', saved.name);
  assert.match(await obstacles(saved.name), /^Its memory was saved/);
  await forget(saved.name);

  const odd = await define({ name: 'Größe mehr' });
  assert.match(await obstacles(odd.name), /^Its name has other characters/);
  await forget(odd.name);
});

test('a file that two domains use, or on which another’s disk stands, is nobody’s to take in', async () => {
  const base = join(place, 'shared.qcow2');
  const top = join(place, 'overlay.qcow2');
  await command('qemu-img', 'create', '-q', '-f', 'qcow2', base, '1M');
  await command('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', top, '1M');
  const lower = await define({ disks: diskXml(base, 'vda', 'qcow2') });
  const upper = await define({ disks: diskXml(top, 'vda', 'qcow2') });
  assert.match(await obstacles(lower.name), new RegExp(`shared.qcow2, is used by ${upper.name} too`));
  assert.equal(await obstacles(upper.name), '');
  await forget(lower.name);
  await forget(upper.name);
});

test('a raw disk is what its document says, whatever its guest has written at its beginning', async () => {
  const path = join(place, 'hostile.img');
  await command('qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/shadow', '-F', 'raw', path, '900G');
  const { name } = await define({ disks: diskXml(path, 'vda') });
  const [disk] = (await look(name))[0]!.disks;
  assert.deepEqual(disk!.backing, []);
  assert.ok(disk!.capacityBytes! < 1 << 20);
  await forget(name);
});

test('a paused domain is adopted as it is, and autostart stays', async () => {
  const { name, uuid } = await define({}, true);
  await virsh('autostart', name);
  await virsh('suspend', name);
  assert.equal((await look(name))[0]!.autostart, true);
  assert.deepEqual(await adopt(uuid), { state: 'paused' });
  assert.equal(await virsh('domstate', name), 'paused');
  assert.match(await virsh('dominfo', name), /Autostart: +enable/);
  assert.deepEqual(await release(uuid), { state: 'paused' });
  await virsh('autostart', '--disable', name);
  await forget(name);
});

test('only the file of a volume in its pool is deleted by its path', async () => {
  await rig.call(agentMethods.preparePool, { path: rig.pool });
  const inside = join(rig.pool, 'old.img');
  const outside = rawFile();
  writeFileSync(inside, '');
  const remove = (path: string) =>
    rig.call(agentMethods.deleteVolume, { pool: rig.pool, id: randomUUID(), path, epoch: rig.epoch() });
  await assert.rejects(remove(outside), refused('invalid', /is no volume of the pool/));
  await assert.rejects(remove(join(rig.pool, 'images', 'x.qcow2')), refused('invalid', /is no volume/));
  await assert.rejects(remove(`${rig.pool}/../machines/x`), refused('invalid', /\.\./));
  assert.ok(readFileSync(outside).length > 0);
  await remove(inside);
  assert.throws(() => readFileSync(inside), /ENOENT/);
});
