import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Rig } from './rig.ts';

const init = fileURLToPath(new URL('../../../../test/world-init.sh', import.meta.url));
const finish = promisify(execFile);
const isolated = ['mnt', 'ipc', 'uts'] as const;
const options = { mnt: 'mount', ipc: 'ipc', uts: 'uts' } as const;

/** A host with a libvirtd that serves others over TLS at an address of its own, and an agent. */
export class TlsHost {
  readonly rig: Rig;
  readonly address: string;
  /** What is in this host's /run, as it is reached from the test. */
  readonly root: string;
  readonly #uuid = randomUUID();

  private constructor(rig: Rig, address: string, root: string) {
    this.rig = rig;
    this.address = address;
    this.root = root;
  }

  static async start(rig: Rig, address: string, root = '/'): Promise<TlsHost> {
    const host = new TlsHost(rig, address, root);
    host.startLibvirtd();
    await rig.begin();
    return host;
  }

  /** `pki`: the directory with the certificates that it shows and believes. */
  startLibvirtd(pki = this.rig.pki): void {
    const lines = [
      `host_uuid = "${this.#uuid}"`,
      `listen_addr = "${this.address}"`,
      `ca_file = "${join(pki, 'cacert.pem')}"`,
      `cert_file = "${join(pki, 'clientcert.pem')}"`,
      `key_file = "${join(pki, 'clientkey.pem')}"`,
    ];
    const file = join(this.rig.directory, 'libvirtd.conf');
    writeFileSync(file, `${lines.join('\n')}\n`);
    this.#run('libvirtd', '--daemon', '--listen', '--config', file);
  }

  async killLibvirtd(): Promise<void> {
    const pid = Number(readFileSync(join(this.root, 'run/libvirtd.pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    // Its threads end one by one, and hold the lock on its file till the last; the world's first process reaps it.
    while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async virsh(...args: string[]): Promise<string> {
    const [program, ...rest] = [...this.rig.prefix, 'virsh', '--quiet', ...args];
    return (await finish(program!, rest)).stdout.trim();
  }

  /** What it is of each domain, by name. */
  async domains(): Promise<Record<string, string>> {
    const lines = (await this.virsh('list', '--all')).split('\n').filter((line) => line.trim() !== '');
    return Object.fromEntries(
      lines.map(
        (line) =>
          line
            .trim()
            .split(/\s{2,}/)
            .slice(1) as [string, string],
      ),
    );
  }

  #run(...argv: string[]): void {
    const [program, ...args] = [...this.rig.prefix, ...argv];
    execFileSync(program!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

/** Both see the same directory of disks, and everything else is each one's own. The network is one: each listens at its own address. */
export const twoHosts = async (): Promise<{ here: TlsHost; there: TlsHost; dispose(): Promise<void> }> => {
  process.kill(Number(readFileSync('/run/libvirtd.pid', 'utf8')), 'SIGKILL');
  rmSync('/run/libvirtd.pid');
  execFileSync('hostname', ['here.example']);
  // Of both: the second begins with a copy of this one's /etc.
  appendFileSync('/etc/libvirt/qemu.conf', 'lock_manager = "lockd"\n');
  execFileSync('virtlockd', ['--daemon'], { stdio: 'ignore' });
  const rig = new Rig({ dataDir: '/run/agent', address: '127.0.0.2' });
  const here = await TlsHost.start(rig, '127.0.0.2');
  const keeper = await anotherMachine('there.example');
  const prefix = ['nsenter', ...isolated.map((name) => `--${options[name]}=/proc/${keeper.pid}/ns/${name}`)];
  const other = new Rig({ beside: rig, dataDir: '/run/agent', address: '127.0.0.3', prefix });
  const there = await TlsHost.start(other, '127.0.0.3', `/proc/${keeper.pid}/root`);
  const dispose = async (): Promise<void> => {
    await other.dispose();
    await rig.dispose();
    keeper.kill('SIGKILL');
  };
  return { here, there, dispose };
};

const anotherMachine = async (hostname: string): Promise<ChildProcess> => {
  const begin = `hostname ${hostname} && virtlogd --daemon && virtlockd --daemon && echo ready && exec cat >/dev/null`;
  const keeper = spawn(
    'unshare',
    [...isolated.map((name) => `--${options[name]}`), '--fork', '--kill-child=SIGKILL', init, 'sh', '-c', begin],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await new Promise<void>((resolve, reject) => {
    keeper.stdout.once('data', () => resolve());
    keeper.once('exit', (code) => reject(new Error(`the second host could not be made (exit ${code})`)));
  });
  return keeper;
};
