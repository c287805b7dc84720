import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ResponseOf } from '@virtstack/contract';
import { root } from '@virtstack/shell/places.ts';
import { type Admin, ApiClient } from '../../packages/cli/src/api-client.ts';
import { requireWorld } from '../world.ts';
import { type Console, openConsole } from './console.ts';

export type Machine = ResponseOf<'listVirtualMachines'>;
const execute = promisify(execFile);

/** Runs a program; @throws with what it said when it fails. */
export const sh = async (...argv: string[]): Promise<string> =>
  (await execute(argv[0]!, argv.slice(1), { encoding: 'utf8', cwd: '/', maxBuffer: 1 << 26 })).stdout;
export const virsh = (...argv: string[]): Promise<string> => sh('virsh', '--connect', 'qemu:///system', ...argv);

/** A cloud as a user gets it: `./virtstack up` in a world of its own. */
export class Cloud {
  readonly dataDir = mkdtempSync('/var/tmp/virtstack-');
  admin!: Admin;
  api!: ApiClient;

  async up(...options: string[]): Promise<string> {
    requireWorld();
    const said = await this.virtstack('up', '--listen', '127.0.0.1:8443', '--detach', ...options);
    this.admin = JSON.parse(readFileSync(`${this.dataDir}/admin.json`, 'utf8')) as Admin;
    this.api = new ApiClient(this.admin);
    return said;
  }

  virtstack(command: string, ...options: string[]): Promise<string> {
    return sh(`${root}/virtstack`, command, '--data', this.dataDir, ...options);
  }

  /** Stops it; the world ends with the test, and with it all guests and daemons. */
  async end(): Promise<void> {
    await this.virtstack('down').catch(() => {});
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  log(name: string): string {
    return readFileSync(`${this.dataDir}/log/${name}.log`, 'utf8');
  }

  /** The number of the process of a part, as the system knows it. */
  async pid(program: string): Promise<number> {
    const pids = (await sh('pgrep', '-f', `${program} ${this.dataDir}`)).trim().split('\n').map(Number);
    return pids.find((pid) => !readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sh'))!;
  }

  /** The parameters of a small machine of the ready zone, plus `more`. */
  async small(more: Record<string, string | number | boolean> = {}): Promise<Record<string, string | number | boolean>> {
    const [zone, offering, template] = await Promise.all([
      this.api.list('listZones'),
      this.api.list('listServiceOfferings', { name: 'Tiny Instance' }),
      this.api.list('listTemplates', { templatefilter: 'featured' }),
    ]);
    return { zoneid: zone[0]!.id!, serviceofferingid: offering[0]!.id!, templateid: template[0]!.id!, ...more };
  }

  async deploy(more: Record<string, string | number | boolean> = {}): Promise<Machine> {
    return (await this.api.job('deployVirtualMachine', await this.small(more))) as Machine;
  }

  async machine(id: string): Promise<Machine | undefined> {
    return (await this.api.list('listVirtualMachines', { listall: true })).find((machine) => machine.id === id);
  }

  console(machine: Machine): Promise<Console> {
    return openConsole(this.api, this.admin, machine.id!);
  }
}

/** Resolves with the first value that satisfies; asks again and again. @throws with the last value when time is up. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  good: (value: T) => boolean,
  timeoutMs = 30_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (good(value)) return value;
    if (performance.now() > end)
      throw new Error(`${what} did not come about within ${timeoutMs / 1000} s; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
