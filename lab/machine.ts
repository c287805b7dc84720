import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import type { Kind } from './kinds.ts';
import { inside, type Network, newborn } from './network.ts';
import { sh } from './sh.ts';

/** A machine to be started; its files lie in `directory` (the disk among them). */
export type Machine = {
  readonly name: string;
  readonly kind: Kind;
  /** Where the image and its kernels lie. */
  readonly image: string;
  readonly directory: string;
  readonly network: Network;
  readonly tap: string;
  /** Resume what was saved under this name in place of booting. */
  readonly resume?: string;
};

/** A process by its number and the time of its start, so that another one of the same number is not taken for it. */
export type Process = { readonly pid: number; readonly started: string };

export const diskOf = (directory: string): string => join(directory, 'disk.qcow2');
export const qmpOf = (directory: string): string => join(directory, 'qmp');

/** Starts QEMU in the background. @throws {Error} with its words. */
async function startMachine(machine: Machine): Promise<Process> {
  await sh(inside(machine.network, ['nice', '-n', '10', 'qemu-system-x86_64', ...qemuOptions(machine)]), { cwd: machine.image });
  const pid = Number(readFileSync(join(machine.directory, 'pid'), 'utf8'));
  return { pid, started: startTime(pid)! };
}

/** An emulated processor now and then stops for good (its timer is lost: `rcu_preempt self-detected stall` in serial.log). */
const attempts = 3;

/**
 * Starts a machine for the first work with it. It ends where that fails, and where this process is ended meanwhile. What fails is tried again from
 * the start: the work begins with a fresh machine each time.
 */
export async function startedFor<T>(machine: Machine, work: (running: Process) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startedOnceFor(machine, work);
    } catch (error) {
      if (attempt === attempts) throw error;
      say(`${machine.name} is started again: ${(error as Error).message}`);
    }
  }
}

async function startedOnceFor<T>(machine: Machine, work: (running: Process) => Promise<T>): Promise<T> {
  const running = await startMachine(machine);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const leave = (): void => {
    process.kill(running.pid, 'SIGKILL');
    process.exit(130);
  };
  for (const signal of signals) process.once(signal, leave);
  try {
    return await work(running);
  } catch (error) {
    await stopMachine(running);
    throw error;
  } finally {
    for (const signal of signals) process.removeListener(signal, leave);
  }
}

/** What a saved state must find again in the same way when it is resumed. */
export const hardware = ({ kind }: Pick<Machine, 'kind'>): string[] => [
  ...['-M', 'pc', '-accel', 'tcg,thread=multi', '-cpu', kind.cpu, '-smp', '2', '-m', String(kind.memoryMiB)],
  ...['-nodefaults', '-vga', 'none', '-display', 'none', ...kind.boot],
  ...['-device', 'virtio-blk-pci,drive=d0', '-device', `virtio-net-pci,netdev=n0,romfile=,mac=${newborn.mac}`],
  ...['-serial', 'chardev:serial'],
];

const qemuOptions = (machine: Machine): string[] => [
  ...['-name', machine.name, '-daemonize', '-pidfile', join(machine.directory, 'pid')],
  ...['-drive', `if=none,id=d0,cache=unsafe,file=${quoted(diskOf(machine.directory))}`],
  ...['-netdev', `tap,id=n0,ifname=${machine.tap},script=no,downscript=no`],
  ...['-chardev', `file,id=serial,path=${quoted(join(machine.directory, 'serial.log'))}`],
  ...['-qmp', `unix:${quoted(qmpOf(machine.directory))},server=on,wait=off`],
  ...hardware(machine),
  ...(machine.resume === undefined ? [] : ['-loadvm', machine.resume]),
];

/** A comma separates QEMU's options. */
const quoted = (path: string): string => path.replaceAll(',', ',,');

export const isRunning = ({ pid, started }: Process): boolean => startTime(pid) === started;

/** Takes its power and waits until it is gone. */
export async function stopMachine(machine: Process): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isRunning(machine)) return;
    process.kill(machine.pid, signal);
    if (await until(() => !isRunning(machine), 10_000)) return;
  }
  throw new Error(`the emulator (process ${machine.pid}) does not end.`);
}

/** Undefined: it does not run, or waits only to be reaped. */
function startTime(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
