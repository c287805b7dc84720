import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** An image as a server of the world gives it, and what is said about it. */
export type BadImage = { readonly what: string; readonly url: string; readonly says: RegExp; readonly checksum?: string };

/** A web server with everything that is no image for this cloud, and one that is. */
export async function serveBadImages(): Promise<{ images: readonly BadImage[]; good: string; close(): void }> {
  const files = makeFiles();
  const server = createServer((request, response) => answer(files, request.url!.slice(1), response));
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { images: badImages(base), good: `${base}/good`, close: () => server.close().closeAllConnections() };
}

type Files = ReadonlyMap<string, Buffer>;

function makeFiles(): Files {
  const folder = mkdtempSync('/run/bad-images-');
  const qemuImg = (...args: string[]): void => void execFileSync('qemu-img', args, { cwd: folder, stdio: 'ignore' });
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  writeFileSync(join(folder, 'raw'), Buffer.concat([randomBytes(1 << 20), Buffer.alloc(3 << 20)]));
  qemuImg('convert', '-f', 'raw', '-O', 'qcow2', 'raw', 'good');
  qemuImg('create', '-f', 'qcow2', '-u', '-F', 'raw', '-b', '/etc/passwd', 'backed', '8M');
  qemuImg('create', '-f', 'qcow2', 'absurd', '63T');
  qemuImg('convert', '-f', 'raw', '-O', 'vmdk', 'raw', 'vmdk');
  const good = read('good');
  const files = new Map([
    ['good', good],
    ['empty', Buffer.alloc(0)],
    ['html', Buffer.from('<!DOCTYPE html><title>Log in</title>')],
    ['cut', good.subarray(0, good.length / 2)],
    ...['backed', 'absurd', 'vmdk'].map((name) => [name, read(name)] as const),
  ]);
  rmSync(folder, { recursive: true });
  return files;
}

function answer(files: Files, name: string, response: ServerResponse): void {
  const file = files.get(name === 'dropped' ? 'good' : name);
  if (!file) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-length': file.length });
  if (name !== 'dropped') return void response.end(file);
  response.write(file.subarray(0, 100_000), () => response.destroy());
}

/** Each with its cause, and what to do next. */
const badImages = (base: string): readonly BadImage[] => [
  { what: 'a 404', url: `${base}/none`, says: /answered 404 Not Found\. There is no such file: check the path of the URL/ },
  { what: 'a web page', url: `${base}/html`, says: /is a web page, not an image\. Use the link of the file itself/ },
  { what: 'zero bytes', url: `${base}/empty`, says: /is empty: 0 bytes\. Check the URL/ },
  { what: 'half a qcow2', url: `${base}/cut`, says: /cut off: its tables speak of .* the file has .*\. Download it whole/ },
  { what: 'a broken connection', url: `${base}/dropped`, says: /ended after 97\.7 KiB of 1\.\d MiB\. Try again/ },
  { what: 'a backing file', url: `${base}/backed`, says: /has a backing file \("\/etc\/passwd"\).*Flatten it: qemu-img convert/ },
  { what: 'an absurd size', url: `${base}/absurd`, says: /describes a disk of 63 TiB; more than 0 and at most 16 TiB is taken/ },
  {
    what: 'another checksum',
    url: `${base}/good`,
    checksum: `{SHA-256}${'0'.repeat(64)}`,
    says: /SHA-256 is [0-9a-f]{64}, not 0{64} as asked for.*Check the published checksum/,
  },
  {
    what: 'a VMDK called QCOW2',
    url: `${base}/vmdk`,
    says: /is a VMDK file, not qcow2 as was said\. Convert it: qemu-img convert -O qcow2/,
  },
  {
    what: 'an internal address',
    url: base.replace('127.0.0.1', '127.0.0.2'),
    says: /127\.0\.0\.2 is an internal address.*add 127\.0\.0\.2\/32 to the setting secstorage\.allowed\.internal\.sites/,
  },
  {
    what: 'nothing that listens',
    url: 'http://127.0.0.1:9/x',
    says: /No connection to 127\.0\.0\.1:9.*Check the host and the port/,
  },
];
