import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { PeerError, Progress } from '@virtstack/protocol';
import type { Download, Downloaded } from './download.ts';
import { limits } from './limits.ts';
import { SharedDownloads } from './shared-downloads.ts';

type Page = Buffer | ((request: IncomingMessage, response: ServerResponse) => void);
const pages = new Map<string, Page>();
const asked: string[] = [];
let folder: string;
let server: Server;
let base: string;
let good: Buffer;

const qemuImg = (...args: string[]): void => void execFileSync('qemu-img', args, { cwd: folder, stdio: 'ignore' });
const image = async (name: string, ...args: string[]): Promise<Buffer> => {
  qemuImg('create', '-q', ...args);
  return readFile(join(folder, name));
};

/** LUKS measures the processor first, and QEMU gives up where the clock of a loaded machine shows nothing: asked again. */
const encryptedImage = async (args: readonly string[]): Promise<Buffer> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await image('e.qcow2', ...args);
    } catch (error) {
      if (attempt === 10) throw error;
    }
  }
};

const packedBy = (program: string, file: string): Buffer =>
  execFileSync(program, ['-c', file], { cwd: folder, maxBuffer: 64 << 20 });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-store-'));
  await writeFile(join(folder, 'data.raw'), Buffer.concat([randomBytes(1 << 20), Buffer.alloc(3 << 20)]));
  qemuImg('convert', '-f', 'raw', '-O', 'qcow2', 'data.raw', 'good.qcow2');
  good = await readFile(join(folder, 'good.qcow2'));
  server = createServer((request, response) => {
    asked.push(request.url!);
    const page = pages.get(request.url!);
    if (typeof page === 'function') return page(request, response);
    if (page) return void response.writeHead(200, { 'content-length': page.length }).end(page);
    response.writeHead(404).end('<html>not here</html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const quick = { ...limits, connectMs: 500, idleMs: 500 };
const asking = (signal = new AbortController().signal, seen: Progress[] = []) => ({
  signal,
  progress: (p: Progress) => void seen.push(p),
});

/** Serves a page, asks for it, and gives what came of it; a refused one must leave the store empty. */
const download = async (page: Page | undefined, asked: Partial<Download> = {}): Promise<Downloaded> => {
  const path = `/${randomUUID()}`;
  if (page) pages.set(path, page);
  const store = await mkdtemp(join(folder, 'store-'));
  const whole: Download = {
    id: randomUUID(),
    store,
    url: base + path,
    format: 'qcow2',
    maxBytes: 1 << 30,
    allowedNetworks: ['127.0.0.0/8'],
    ...asked,
  };
  try {
    const answer = await new SharedDownloads(quick).download(whole, asking());
    assert.deepEqual(await readdir(store), [`${whole.id}.${whole.format}`]);
    return answer;
  } catch (error) {
    assert.deepEqual(await readdir(store), [], 'a refusal left something in the store');
    throw error;
  }
};

const refused = async (kind: string, message: RegExp, page: Page | undefined, asked: Partial<Download> = {}): Promise<void> => {
  await assert.rejects(download(page, asked), (error: PeerError) => {
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    assert.ok(!error.message.includes(folder), `the message tells where the store is: ${error.message}`);
    return true;
  });
};

test('a good image arrives whole, with its sizes and its SHA-512', async () => {
  const answer = await download(good);
  assert.deepEqual(await readFile(answer.path), good);
  const sha512 = createHash('sha512').update(good).digest('hex');
  assert.deepEqual(answer, { path: answer.path, sizeBytes: good.length, virtualSizeBytes: 4 << 20, sha512 });
});

test('a raw image, and packed ones, arrive unpacked', async () => {
  const raw = await readFile(join(folder, 'data.raw'));
  assert.deepEqual(await readFile((await download(raw, { format: 'raw' })).path), raw);
  await writeFile(join(folder, 'packed'), good);
  for (const packed of [gzipSync(good), zstdCompressSync(good), packedBy('xz', 'packed'), packedBy('bzip2', 'packed')])
    assert.deepEqual(await readFile((await download(packed)).path), good);
});

test('a damaged packing and one that grows too large are refused', async () => {
  await refused('packed', /gzip file is damaged/, gzipSync(good).subarray(0, 5000));
  const xz = packedBy('xz', 'good.qcow2');
  await refused('packed', /xz file is damaged/, Buffer.concat([xz.subarray(0, 5000), Buffer.alloc(5000)]));
  const bomb = Buffer.alloc(64 << 20);
  await writeFile(join(folder, 'bomb'), bomb);
  for (const packed of [gzipSync(bomb), packedBy('xz', 'bomb')])
    await refused('too-big', /unpacked image is larger than 32 MiB/, packed, { maxBytes: 32 << 20, format: 'raw' });
});

test('checksums in every form are verified, over the file as it was published', async () => {
  const packed = gzipSync(good);
  const hex = (name: string): string => createHash(name).update(packed).digest('hex');
  for (const checksum of [
    `{SHA-256}${hex('sha256')}`,
    `{sha512}${hex('sha512')}`,
    hex('md5'),
    hex('sha1').toUpperCase(),
    `{SHA-224}${hex('sha224')}`,
  ])
    await download(packed, { checksum });
  await refused('checksum', new RegExp(`SHA-256 is ${hex('sha256')}, not 0{64}`), packed, {
    checksum: `{SHA-256}${'0'.repeat(64)}`,
  });
  await refused('checksum', /SHA-256 checksum has 64 hex digits; "abc" has 3/, packed, { checksum: '{SHA-256}abc' });
  await refused('checksum', /names no algorithm/, packed, { checksum: '{CRC32}00000000' });
});

test('what is no image is refused with the cause: nothing there, a web page, an empty file, another format', async () => {
  await refused('http', /answered 404 Not Found. There is no such file/, undefined);
  await refused('http', /answered 403 Forbidden. The server wants a log-in/, (_, response) => response.writeHead(403).end());
  await refused('http', /answered 503 .*try again later/, (_, response) => response.writeHead(503).end());
  await refused('html', /web page/, (_, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>log in'),
  );
  await refused('html', /web page/, Buffer.from('\n<!DOCTYPE html><title>hello</title>'));
  await refused('empty', /0 bytes/, (_, response) => response.writeHead(200).end());
  await refused('image', /no qcow2 image/, randomBytes(4096));
  await refused(
    'image',
    /VMDK descriptor file, not qcow2/,
    Buffer.from('# Disk DescriptorFile\nversion=1\nRW 63 FLAT "/etc/passwd" 0\n'),
  );
  await refused(
    'image',
    /VMDK descriptor file, not raw/,
    Buffer.from('# Disk DescriptorFile\nRW 63 FLAT "/etc/passwd" 0\n'.padEnd(512)),
    { format: 'raw' },
  );
  await refused('image', /qcow2 file, not raw as was said. Register it as QCOW2/, good, { format: 'raw' });
  await refused('image', /whole number of 512-byte sectors; this file has 1000 bytes/, Buffer.alloc(1000, 1), { format: 'raw' });
  await refused('connect', /No connection to 127.0.0.1:1 .*ECONNREFUSED/, undefined, { url: 'http://127.0.0.1:1/x' });
  await refused('address', /name nowhere.invalid has no address/, undefined, { url: 'http://nowhere.invalid/x' });
});

test('an image that reaches for other files, or is encrypted, or absurd, is refused', async () => {
  await writeFile(join(folder, 'base.raw'), Buffer.alloc(1 << 20));
  for (const backing of ['/etc/passwd', 'base.raw', 'json:{"driver":"file","filename":"/etc/shadow"}', 'nbd://127.0.0.1:1/x'])
    await refused(
      'image',
      /backing file \("[\s\S]+"\).*Flatten it/,
      await image('b.qcow2', '-u', '-f', 'qcow2', '-F', 'raw', '-b', backing, 'b.qcow2', '1M'),
    );
  await refused(
    'image',
    /keeps its data in another file/,
    await image('d.qcow2', '-f', 'qcow2', '-o', `data_file=${join(folder, 'd.data')},data_file_raw=on`, 'd.qcow2', '1M'),
  );
  const luks = [
    '--object',
    'secret,id=s,data=x',
    '-f',
    'qcow2',
    '-o',
    'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10',
  ];
  await refused('image', /encrypted/, await encryptedImage([...luks, 'e.qcow2', '1M']));
  await refused(
    'image',
    /describes a disk of 32 TiB; more than 0 and at most 16 TiB/,
    await image('h.qcow2', '-f', 'qcow2', '-o', 'cluster_size=2M', 'h.qcow2', '32T'),
  );
  const patched = (offset: number, value: bigint): Buffer => {
    const copy = Buffer.from(good);
    copy.writeBigUInt64BE(value, offset);
    return copy;
  };
  await refused('image', /describes a disk of|cannot be read/, patched(24, 2n ** 63n - 512n));
  await refused('image', /describes a disk of 0 bytes/, patched(24, 0n));
  await refused('image', /has 4294967295 internal snapshots/, patched(60, (0xffffffffn << 32n) | 0n));
  await refused('image', /cluster size is 2\^63/, patched(16, 63n));
  await refused('image', /marked as corrupt/, patched(72, 2n));
});

test('an image that is cut off is refused: by the connection, or at its source', async () => {
  await refused('truncated', /ended after \d+ KiB of 977 KiB\. Try again/, (_, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 });
    response.write(good.subarray(0, 500_000), () => response.destroy());
  });
  await refused('image', /cut off|damaged/, good.subarray(0, good.length >> 1));
  await refused('image', /cut off|damaged|cannot be read/, good.subarray(0, 70_000));
  await refused('image', /ends within its header/, good.subarray(0, 50));
});

test('a server that is silent, slow or endless does not hold the store', async () => {
  await refused('connect', /said nothing for 0.5 s/, () => {});
  await refused('connect', /said nothing for 0.5 s/, (_, response) => {
    response.writeHead(200, { 'content-length': good.length });
    response.write(good.subarray(0, 1000));
  });
  await refused('too-big', /The image is 977 KiB large; at most 512 KiB/, Buffer.alloc(1_000_000), { maxBytes: 512 << 10 });
  await refused(
    'too-big',
    /download is larger than 512 KiB/,
    (_, response) => {
      const more = (): void => void (response.destroyed || response.write(randomBytes(65536), more));
      response.writeHead(200);
      more();
    },
    { maxBytes: 512 << 10 },
  );
});

test('only the public internet is asked, whatever the name, the notation or the redirect', async () => {
  const { port } = server.address() as { port: number };
  pages.set('/secret', good);
  const before = asked.length;
  const hosts = [
    '127.0.0.1',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '[::]',
    '10.0.0.1',
    '169.254.169.254',
    '[fd00::1]',
    '[fe80::1]',
    '100.64.0.1',
    '[64:ff9b::7f00:1]',
    '192.168.1.1',
    '172.31.0.1',
  ];
  for (const host of hosts)
    await refused('address', /internal address/, undefined, { url: `http://${host}:${port}/secret`, allowedNetworks: [] });
  for (const url of ['file:///etc/passwd', 'ftp://example.org/x', 'gopher://127.0.0.1/'])
    await refused('url', /only http:\/\/ and https:\/\/ are/, undefined, { url });
  await refused('url', /is no URL/, undefined, { url: 'no url' });
  assert.equal(asked.length, before, 'a refused address was asked');
});

test('redirects are followed at most five times and never out of http', async () => {
  const to =
    (location: string) =>
    (_: IncomingMessage, response: ServerResponse): void =>
      void response.writeHead(302, { location }).end();
  pages.set('/end', good);
  pages.set('/4', to('end'));
  for (const step of [0, 1, 2, 3]) pages.set(`/${step}`, to(`/${step + 1}`));
  assert.equal((await download(to('/1'))).sizeBytes, good.length);
  await refused('redirect', /redirects more than 5 times/, to('/0'));
  await refused('url', /redirects to file:\/\//, to('file:///etc/passwd'));
});

test('a redirect to an internal address is refused although the first address was public', async () => {
  const { fetchImage } = await import('./fetch.ts');
  const { resolveHost } = await import('./resolve.ts');
  await assert.rejects(
    resolveHost(new URL('http://[::ffff:10.0.0.1]/x'), () => false),
    /internal address/,
  );
  // Every hop goes through the same check; the last one is refused here with a list that only allows the first.
  pages.set('/hop', (_, response) => response.writeHead(301, { location: 'http://169.254.169.254/latest/meta-data' }).end());
  const options = {
    limits: quick,
    signal: new AbortController().signal,
    isAllowed: (address: string) => address === '127.0.0.1',
  };
  await assert.rejects(fetchImage(`${base}/hop`, options), /169\.254\.169\.254 is an internal address/);
});

test('each network of the list is open, and nothing beside it: not in a redirect, not behind an IPv4-mapped address', async () => {
  const { port } = new URL(base);
  const [v4, mapped] = [`http://127.0.0.1:${port}`, `http://[::ffff:127.0.0.1]:${port}`];
  pages.set('/listed', good);
  pages.set('/out', (_, response) => response.writeHead(302, { location: `http://127.0.0.2:${port}/listed` }).end());
  pages.set('/mapped-out', (_, response) => response.writeHead(302, { location: `http://[::ffff:7f00:2]:${port}/listed` }).end());
  const networks = (...allowedNetworks: string[]) => ({ allowedNetworks });
  for (const url of [`${v4}/listed`, `${mapped}/listed`])
    for (const list of [networks('127.0.0.1/32'), networks('10.0.0.0/8', '127.0.0.0/30')])
      assert.equal((await download(undefined, { url, ...list })).sizeBytes, good.length);
  const before = asked.length;
  const elsewhere = networks('10.0.0.0/8', '127.0.0.2/32', 'fd00::/8', '::1/128');
  await refused('address', /127\.0\.0\.1 is an internal address.*add 127\.0\.0\.1\/32 to/, undefined, {
    url: `${v4}/listed`,
    ...elsewhere,
  });
  await refused('address', /internal address/, undefined, { url: `${mapped}/listed`, ...elsewhere });
  await refused('address', /internal address/, undefined, { url: `http://[::1]:${port}/listed`, ...networks('127.0.0.0/8') });
  assert.equal(asked.length, before, 'a refused address was asked');
  await refused('address', /127\.0\.0\.2 is an internal address/, undefined, { url: `${v4}/out`, ...networks('127.0.0.1/32') });
  await refused('address', /internal address/, undefined, { url: `${v4}/mapped-out`, ...networks('127.0.0.1/32') });
  // Nobody listens there; that it was asked is all that counts.
  await refused('connect', /No connection to 127\.0\.0\.2/, undefined, { url: `${v4}/out`, ...networks('127.0.0.0/8') });
});

test('two who ask for one image share one download; it ends when both gave up, and leaves nothing', async () => {
  const downloads = new SharedDownloads(limits);
  const store = join(folder, 'shared');
  await mkdir(store);
  let open: ServerResponse | undefined;
  const started = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  pages.set('/slow', (_, response) => {
    open = response;
    response.writeHead(200, { 'content-length': good.length });
    response.write(good.subarray(0, 100_000), () => started.resolve());
    response.once('close', () => closed.resolve());
  });
  const what = {
    id: randomUUID(),
    store,
    url: `${base}/slow`,
    format: 'qcow2' as const,
    maxBytes: 1 << 30,
    allowedNetworks: ['127.0.0.1/32'],
  };
  const before = asked.length;
  const seen: Progress[] = [];
  const first = downloads.download(what, asking(undefined, seen));
  const second = downloads.download(what, asking());
  await started.promise;
  open!.end(good.subarray(100_000));
  const [one, two] = await Promise.all([first, second]);
  assert.deepEqual(one, two);
  assert.equal(asked.length, before + 1);
  assert.deepEqual(seen.at(-1), { done: good.length, total: good.length });
  // A third asking finds it there.
  assert.deepEqual(await downloads.download(what, asking()), one);
  assert.equal(asked.length, before + 1);

  const stops = [new AbortController(), new AbortController()];
  const another = { ...what, id: randomUUID() };
  const running = stops.map(({ signal }) => downloads.download(another, asking(signal)));
  const ends = Promise.allSettled(running);
  stops[0]!.abort(new Error('the first gave up'));
  await assert.rejects(running[0]!, /the first gave up/);
  stops[1]!.abort(new Error('the second gave up'));
  await ends;
  await closed.promise;
  await downloads.cancel(store, another.id);
  assert.deepEqual(await readdir(store), [`${what.id}.qcow2`]);
});

test('what a killed process left half done is replaced', async () => {
  const store = await mkdtemp(join(folder, 'store-'));
  const id = randomUUID();
  await (await open(join(store, `.${id}.arriving`), 'w')).close();
  await truncate(join(store, `.${id}.arriving`), 1 << 20);
  pages.set('/again', good);
  const answer = await new SharedDownloads(limits).download(
    { id, store, url: `${base}/again`, format: 'qcow2', maxBytes: 1 << 30, allowedNetworks: ['127.0.0.1/32'] },
    asking(),
  );
  assert.equal(answer.sizeBytes, good.length);
  assert.deepEqual(await readdir(store), [`${id}.qcow2`]);
});
