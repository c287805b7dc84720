import { readdir, readFile } from 'node:fs/promises';
import { hostname, release } from 'node:os';
import { readIfThere } from '../system/files.ts';
import { run } from '../system/run.ts';

/** Changes when the machine was rebooted. */
export const bootId = async (): Promise<string> => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();

export const operatingSystem = async (): Promise<string> => {
  const text = (await readIfThere('/etc/os-release')) ?? (await readIfThere('/usr/lib/os-release')) ?? '';
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? 'Linux';
};

/** The name of the processor that people know. */
export const cpuModel = async (): Promise<string> =>
  /^model name\s*:\s*(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';

export const names = { hostname: hostname(), kernel: release() };

/** Linux bridges, to which guests can be joined. */
export const bridges = async (): Promise<string[]> => {
  const devices = await readdir('/sys/class/net');
  const found = await Promise.all(devices.map(async (name) => ((await isBridge(name)) ? [name] : [])));
  return found.flat().sort();
};

const isBridge = async (name: string): Promise<boolean> =>
  (await readIfThere(`/sys/class/net/${name}/bridge/stp_state`)) !== undefined;

// What is not up stands in the list as an empty object.
type Interface = { readonly addr_info?: readonly { readonly local: string; readonly scope: string }[] };

/** The addresses under which others may reach this host. */
export const addresses = async (): Promise<string[]> => {
  const interfaces = JSON.parse(await run(['ip', '-json', 'address', 'show', 'up'])) as Interface[];
  return interfaces.flatMap(({ addr_info = [] }) =>
    addr_info.filter(({ scope }) => scope === 'global').map(({ local }) => local),
  );
};
