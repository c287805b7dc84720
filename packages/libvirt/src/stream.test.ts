import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, it } from 'node:test';
import { createWorld, type World } from '../../../test/world.ts';
import { type Connection, connect } from './connection.ts';
import { VIR_DOMAIN_CONSOLE_FORCE, VIR_DOMAIN_START_PAUSED } from './constants/domain.ts';
import { VIR_ERR_OPERATION_FAILED, VIR_ERR_OPERATION_INVALID } from './constants/errors.ts';
import { hasCode, LibvirtError } from './error.ts';
import type { StoragePool } from './storage.ts';

let world: World;
let connection: Connection;
before(async () => {
  world = await createWorld({ libvirtd: true });
  connection = await connect({ uri: 'qemu:///system', socket: world.path('/run/libvirt/libvirt-sock') });
});
after(async () => {
  await connection?.close();
  await world?.dispose();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const all = async (stream: Readable): Promise<Buffer> => Buffer.concat(await stream.toArray());
const MiB = 1024 * 1024;

describe('a volume', () => {
  let pool: StoragePool;
  before(async () => {
    mkdirSync(world.path('/run/pool'));
    pool = await connection.storagePools.create(
      `<pool type='dir'><name>pool</name><target><path>/run/pool</path></target></pool>`,
    );
  });
  const createVolume = (name: string, bytes: number) =>
    pool.createVolume(`<volume><name>${name}</name><capacity>${bytes}</capacity><target><format type='raw'/></target></volume>`);

  it('comes back as it was uploaded, whatever the sizes of the pieces', async () => {
    const content = randomBytes(20 * MiB + 4321);
    const volume = await createVolume('whole', content.length);
    const pieces = [
      content.subarray(0, 1),
      content.subarray(1, 70_000),
      content.subarray(70_000, 5 * MiB),
      content.subarray(5 * MiB),
    ];
    await pipeline(pieces, await volume.upload());
    const returned = await all(await volume.download());
    assert.equal(returned.length, content.length);
    assert.equal(sha256(returned), sha256(content));
  });

  it('gives a part of itself', async () => {
    const content = randomBytes(MiB);
    const volume = await createVolume('part', content.length);
    await pipeline([content], await volume.upload());
    const part = await all(await volume.download({ offset: 1000n, length: 300_000n }));
    assert.equal(sha256(part), sha256(content.subarray(1000, 301_000)));
  });

  it('waits for a slow reader, and the calls of the connection that opened it do not', async () => {
    const content = randomBytes(16 * MiB);
    const volume = await createVolume('slow', content.length);
    await pipeline([content], await volume.upload());
    const download = await volume.download();
    await once(download, 'readable');
    assert.ok(download.readableLength < 4 * MiB, `${download.readableLength} bytes were read ahead`);
    assert.equal((await volume.info()).capacity, BigInt(content.length));
    assert.equal(sha256(await all(download)), sha256(content));
  });

  it('refuses more than it can hold, and what it refuses is no success', async () => {
    const volume = await createVolume('small', MiB);
    const upload = await volume.upload({ length: BigInt(MiB) });
    await assert.rejects(
      pipeline([randomBytes(3 * MiB)], upload),
      (error) => error instanceof LibvirtError && error.origin === 'server',
    );
  });

  it('that does not exist cannot be opened', async () => {
    const volume = await createVolume('gone', MiB);
    await volume.delete();
    await assert.rejects(volume.download(), (error) => error instanceof LibvirtError && error.origin === 'server');
  });

  it('can be let go in the middle', async () => {
    const volume = await pool.volume('slow');
    const download = await volume.download();
    await once(download, 'readable');
    download.destroy();
    await once(download, 'close');
    assert.equal((await volume.info()).capacity, BigInt(16 * MiB));
  });

  it('is found by name and path, resized, and deleted', async () => {
    const volume = await createVolume('life', MiB);
    const path = await volume.path();
    assert.equal((await connection.storageVolumes.byPath(path)).key, volume.key);
    await volume.resize(BigInt(2 * MiB));
    assert.equal((await volume.info()).capacity, BigInt(2 * MiB));
    assert.ok((await pool.volumes()).some(({ name }) => name === 'life'));
    await volume.delete();
    assert.ok(!(await pool.volumes()).some(({ name }) => name === 'life'));
  });
});

/**
 * A boot sector that says "ready" on the first serial line and then sends back whatever it hears:
 * mov si,msg / out each byte to 0x3f8 until NUL / wait for bit 0 of 0x3fd / in from 0x3f8 / out to 0x3f8 / again.
 */
const echoSector = (): Buffer => {
  const code = [
    ...[0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x25, 0x7c, 0xba, 0xf8, 0x03], // xor ax,ax; mov ds,ax; mov si,0x7c25; mov dx,0x3f8
    ...[0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8], // lodsb; test al,al; jz +3; out dx,al; jmp -8
    ...[0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf8], // mov dx,0x3fd; in al,dx; test al,1; jz -8
    ...[0xba, 0xf8, 0x03, 0xec, 0xee, 0xeb, 0xf1], // mov dx,0x3f8; in al,dx; out dx,al; jmp -15
    ...[0x90, 0x90, 0x90, 0x90], // up to 0x7c25
  ];
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector);
  sector.write('ready\r\n\0', 0x25, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
};

const guest = `<domain type='qemu'>
  <name>echo</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/run/echo.img'/><target dev='hda' bus='ide'/></disk>
    <serial type='pty'/><console type='pty'><target type='serial'/></console>
  </devices>
</domain>`;

/** Collects what comes, and waits until some text is in it. */
const listener = (stream: Duplex) => {
  let heard = '';
  let check = (): void => undefined;
  stream.on('data', (chunk: Buffer) => {
    heard += chunk;
    check();
  });
  return (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      check = () => (heard.includes(wanted) ? resolve() : undefined);
      check();
    });
};

describe('a console', () => {
  before(() => {
    const disk = Buffer.alloc(MiB);
    echoSector().copy(disk);
    writeFileSync(world.path('/run/echo.img'), disk);
  });

  it('carries what the guest says and what it is told, and ends with the guest', async () => {
    const domain = await connection.domains.create(guest, VIR_DOMAIN_START_PAUSED);
    try {
      const console = await domain.openConsole({ flags: VIR_DOMAIN_CONSOLE_FORCE });
      const hears = listener(console);
      await domain.resume();
      await hears('ready');
      console.write('hello');
      await hears('hello');
      const over = [once(console, 'end'), once(console, 'close')];
      await domain.destroy();
      await Promise.all(over);
    } finally {
      await domain.destroy().catch((error) => assert.ok(error instanceof LibvirtError));
    }
  });

  it('is taken from whoever has it only by force', async () => {
    const domain = await connection.domains.create(guest);
    try {
      const first = await domain.openConsole();
      first.resume();
      await assert.rejects(domain.openConsole(), (error) => hasCode(error, VIR_ERR_OPERATION_FAILED));
      const lost = once(first, 'error');
      const forced = await domain.openConsole({ flags: VIR_DOMAIN_CONSOLE_FORCE });
      assert.ok((await lost)[0] instanceof LibvirtError);
      forced.destroy();
    } finally {
      await domain.destroy();
    }
  });

  it('of a guest that does not run cannot be opened', async () => {
    const domain = await connection.domains.define(guest);
    try {
      await assert.rejects(domain.openConsole(), (error) => hasCode(error, VIR_ERR_OPERATION_INVALID));
    } finally {
      await domain.undefine();
    }
  });
});

describe('a screen', () => {
  it('can be photographed', async () => {
    await using test = await connect({ uri: 'test:///default', socket: world.path('/run/libvirt/libvirt-sock') });
    const picture = await all(await (await test.domains.byName('test')).screenshot());
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    assert.equal(picture.subarray(-8, -4).toString(), 'IEND');
  });
});
