import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './run.ts';

/** A Debian package file as apt's lists name it. */
export type DebianPackage = { readonly name: string; readonly file: string; readonly sha256: string };

/** Boots in half the time of the generic kernel under emulation (LZ4 against XZ) and carries the drivers of both buses. */
const kernelMeta = 'linux-image-cloud-amd64';
const others = [
  'busybox-static',
  'dropbear-bin',
  'libc6',
  'libcrypt1',
  'libtomcrypt1',
  'libtommath1',
  'libgmp10',
  'zlib1g',
  'grub-pc-bin',
];

/** What the image is made of, as apt would fetch it now. Reads apt's lists only. @throws where apt does not know a package. */
export const currentPackages = async (): Promise<DebianPackage[]> => {
  const record = await run(['apt-cache', 'show', '--no-all-versions', kernelMeta]).catch(() => '');
  const kernel = /^Depends: (linux-image-[^\s,]+)/m.exec(record)?.[1];
  if (!kernel) throw new Error(`apt knows no ${kernelMeta}: run "apt-get update" (Debian 12 or later).`);
  const uris = await run(['apt-get', 'download', '--print-uris', kernel, ...others]);
  const found = [...uris.matchAll(/^'[^']+' (\S+) \d+ SHA256:([0-9a-f]{64})$/gm)].map(([, file, sha256]) => ({
    name: decodeURIComponent(file!).split('_')[0]!,
    file: file!,
    sha256: sha256!,
  }));
  const missing = [kernel, ...others].filter((name) => !found.some((one) => one.name === name));
  // apt prints nothing for a package whose file lies in its cache already.
  return [...found, ...(await Promise.all(missing.map(fromAptCache)))].sort((a, b) => (a.name < b.name ? -1 : 1));
};

const fromAptCache = async (name: string): Promise<DebianPackage> => {
  const record = await run(['apt-cache', 'show', '--no-all-versions', name]);
  const field = (key: string): string => new RegExp(`^${key}: (.*)$`, 'm').exec(record)?.[1] ?? '';
  const file = `${name}_${field('Version').replaceAll(':', '%3a')}_${field('Architecture')}.deb`;
  return { name, file, sha256: field('SHA256') };
};

/** The packages' files by name, each fetched once into `directory`. @throws where a checksum is not the one of apt's list. */
export const fetchPackages = async (packages: readonly DebianPackage[], directory: string): Promise<Map<string, string>> => {
  const pathOf = (one: DebianPackage): string => join(directory, `${one.sha256.slice(0, 12)}-${one.name}.deb`);
  await mkdir(directory, { recursive: true });
  const missing: DebianPackage[] = [];
  for (const one of packages) if (!(await stat(pathOf(one)).catch(() => undefined))) missing.push(one);
  const fresh = await mkdtemp(join(directory, 'fresh-'));
  try {
    const wanted = missing.map((one) => `${one.name}=${decodeURIComponent(one.file).split('_')[1]}`);
    if (wanted.length > 0) await run(['apt-get', 'download', '-o', 'APT::Sandbox::User=root', ...wanted], { cwd: fresh });
    for (const one of missing) {
      const sha256 = await sha256OfFile(join(fresh, one.file));
      if (sha256 !== one.sha256) throw new Error(`${one.file} has the SHA-256 ${sha256}, apt's list says ${one.sha256}.`);
      await rename(join(fresh, one.file), pathOf(one));
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return new Map(packages.map((one) => [one.name, pathOf(one)]));
};

const sha256OfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};
