import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const repository = '/run/repository';
const run = (file: string, ...args: string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Gives this world a dpkg and an apt of its own: what is installed in it is installed nowhere else. Its only source is a directory of ours. */
export const ownPackages = (): void => {
  for (const [path, copy] of [
    ['/var/lib/dpkg', true],
    ['/var/lib/apt', false],
    ['/var/cache/apt', false],
    ['/var/log/apt', false],
  ] as const) {
    const own = join('/run/own', path);
    mkdirSync(own, { recursive: true });
    if (copy) run('cp', '-a', `${path}/.`, own);
    run('mount', '--bind', own, path);
  }
  // Of an installation that goes on in the machine at this moment.
  rmSync('/var/lib/dpkg/updates', { recursive: true });
  for (const directory of ['/var/lib/dpkg/updates', '/var/lib/apt/lists/partial', '/var/cache/apt/archives/partial', repository])
    mkdirSync(directory, { recursive: true });
  rmSync('/etc/apt', { recursive: true });
  for (const directory of ['apt.conf.d', 'sources.list.d', 'preferences.d', 'trusted.gpg.d', 'auth.conf.d'])
    mkdirSync(join('/etc/apt', directory), { recursive: true });
  writeFileSync('/etc/apt/sources.list', `deb [trusted=yes] file:${repository} ./\n`);
  writeFileSync('/etc/apt/apt.conf.d/own', 'APT::Sandbox::User "root";\n');
  appendFileSync('/etc/dpkg/dpkg.cfg', 'log /run/dpkg.log\n');
  writeFileSync(join(repository, 'Packages'), '');
};

export type TinyPackage = {
  readonly name: string;
  readonly version?: string;
  readonly depends?: string;
  readonly conflicts?: string;
  readonly postinst?: string;
};

/** A package with one file, /opt/tiny/NAME, in the world's source. */
export const tinyPackage = ({ name, version = '1.0', depends, conflicts, postinst }: TinyPackage): void => {
  const directory = join('/run/building', name);
  rmSync(directory, { recursive: true, force: true });
  for (const each of ['DEBIAN', 'opt/tiny']) mkdirSync(join(directory, each), { recursive: true });
  writeFileSync(join(directory, 'opt/tiny', name), version);
  const control = [
    ...[
      `Package: ${name}`,
      `Version: ${version}`,
      'Architecture: amd64',
      'Maintainer: nobody <nobody@example.org>',
      'Description: tiny',
    ],
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    ...(conflicts === undefined ? [] : [`Conflicts: ${conflicts}`]),
    '',
  ].join('\n');
  writeFileSync(join(directory, 'DEBIAN/control'), control);
  if (postinst !== undefined) writeFileSync(join(directory, 'DEBIAN/postinst'), `#!/bin/sh\n${postinst}\n`, { mode: 0o755 });
  const file = join(repository, `${name}.deb`);
  run('dpkg-deb', '--build', '--root-owner-group', '-Znone', directory, file);
  const content = readFileSync(file);
  const sha256 = createHash('sha256').update(content).digest('hex');
  appendFileSync(
    join(repository, 'Packages'),
    `${control}Filename: ./${name}.deb\nSize: ${content.length}\nSHA256: ${sha256}\n\n`,
  );
};

/** Lets the world's dpkg forget a package; its files stay. */
export const forgetPackage = (name: string): void => {
  const file = '/var/lib/dpkg/status';
  const stanzas = readFileSync(file, 'utf8').split('\n\n');
  writeFileSync(file, stanzas.filter((stanza) => !stanza.startsWith(`Package: ${name}\n`)).join('\n\n'));
};

export const isInstalled = (name: string): boolean => {
  try {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder
    return run('dpkg-query', '-W', '-f', '${db:Status-Status}', name) === 'installed';
  } catch {
    return false;
  }
};
