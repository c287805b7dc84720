import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SetupCommand, type SetupLine, type SetupStep, setupLine } from '@virtstack/protocol';
import { ownPackages } from './packages.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const mount = (...args: string[]): void => void execFileSync('mount', args);

/** Makes the world that this process is in a host that can be added to a cloud: packages, programs and units are its own. */
export const makeSetupHost = (): void => {
  ownPackages();
  mkdirSync('/var/lib/virtstack', { recursive: true });
  for (const path of ['/var/lib/virtstack', '/opt']) mount('-t', 'tmpfs', '-o', 'size=20g,mode=755', 'tmpfs', path);
  mkdirSync('/run/bin');
  copyFileSync(fileURLToPath(new URL('systemctl.sh', import.meta.url)), '/run/bin/systemctl');
  process.env.PATH = `/run/bin:${process.env.PATH}`;
  mkdirSync('/run/systemd/system', { recursive: true });
  mkdirSync('/run/units/active', { recursive: true });
  mkdirSync('/run/units/enabled', { recursive: true });
  for (const unit of ['virtlogd.socket', 'libvirtd.socket']) writeFileSync(`/run/units/active/${unit}`, '');
  for (const unit of ['virtlogd.socket', 'libvirtd.socket', 'libvirtd.service']) writeFileSync(`/run/units/enabled/${unit}`, '');
  writeFileSync('/etc/hosts', `127.0.0.1 localhost ${readFileSync('/etc/hostname', 'utf8').trim()}\n127.0.1.1 setup-host\n`);
  execFileSync('hostname', ['setup-host']);
};

export type Ran = {
  readonly code: number | null;
  readonly lines: readonly SetupLine[];
  readonly steps: readonly SetupStep[];
  readonly result: unknown;
  /** The last that was told of the step with this name. */
  step(name: RegExp): SetupStep;
};

/** Runs a set-up command as SSH would; `onLine` may stop it. */
export const runSetup = async (
  command: SetupCommand,
  request: unknown,
  { prefix = [], onLine }: { prefix?: readonly string[]; onLine?: (line: SetupLine, child: ChildProcess) => void } = {},
): Promise<Ran> => {
  const [file, ...args] = [...prefix, process.execPath, main, command];
  const child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(request));
  const lines: SetupLine[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const line = setupLine.parse(JSON.parse(part));
      lines.push(line);
      onLine?.(line, child);
    }
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const steps = lines.filter((line) => line.kind === 'step');
  return {
    ...{ code, lines, steps },
    result: lines.flatMap((line) => (line.kind === 'result' ? [line.result] : []))[0],
    step: (name) => {
      const found = steps.findLast((step) => name.test(step.name) && step.state !== 'started');
      if (!found) throw new Error(`no step ${name} has ended: ${JSON.stringify(lines)}`);
      return found;
    },
  };
};

/** Signs a request with the key of an authority's directory, as the cloud's server does, for a subject of its own choice. */
export const signed = (directory: string, csr: string, subject: string): string => {
  const path = (name: string): string => join(directory, name);
  writeFileSync(path('host.csr'), csr);
  writeFileSync(path('host.ext'), 'extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=IP:127.0.0.1\n');
  const authority = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'];
  const args = [
    'x509',
    '-req',
    '-in',
    path('host.csr'),
    ...authority,
    '-days',
    '2',
    '-subj',
    subject,
    '-extfile',
    path('host.ext'),
  ];
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
};

/** All that set-up may change on a host, as a text: files, packages, units. */
export const snapshot = (): string => {
  const files = ['/etc/libvirt', '/etc/systemd/system', '/opt', '/var/lib/virtstack'].flatMap((directory) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => join(directory, name))
      .filter((path) => lstatSync(path).isFile())
      .sort()
      .map(
        (path) =>
          `${path} ${(lstatSync(path).mode & 0o7777).toString(8)} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`,
      ),
  );
  const units = ['active', 'enabled'].flatMap((kind) =>
    readdirSync(`/run/units/${kind}`)
      .sort()
      .map((name) => `${kind} ${name}`),
  );
  const packages = execFileSync('dpkg-query', ['-W'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /\t(99:)?1\.0$/.test(line));
  const running = ['libvirtd', 'virtlockd'].filter((name) => existsSync(`/run/${name}.pid`));
  return [...files, ...units, ...packages, ...running].join('\n');
};
