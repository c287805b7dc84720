import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/** The agent's configuration file. */
export type AgentConfig = {
  /** `wss://HOST:PORT/agent` */
  readonly server: string;
  /** PEM files: who the server must be signed by, and who we are (the certificate's common name is the guid). */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly guid: string;
  /** Where the agent keeps what it must not forget, and what guests need of it. */
  readonly dataDir: string;
  /** libvirt's connection URI. Absent: that of the first hypervisor of the catalogue that answers. */
  readonly uri?: string;
  readonly libvirtSocket?: string;
  /** How long the guest that probes the host's acceleration may take: hosts that are slow by nature need more than the 20 s of others. */
  readonly probeSeconds?: number;
  /** This program's file, which the server may replace. Absent: where set-up puts it. */
  readonly program?: string;
};

const required = ['server', 'ca', 'certificate', 'key', 'guid', 'dataDir'] as const;
const optional = ['uri', 'libvirtSocket', 'program'] as const;

/** @throws {Error} with a line that names the file and the key at fault. */
export const readConfig = async (path: string): Promise<AgentConfig> => {
  const refuse = (problem: string): never => {
    throw new Error(`${path}: ${problem}`);
  };
  const values = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  for (const key of required) if (typeof values[key] !== 'string' || values[key] === '') refuse(`"${key}" is missing`);
  for (const key of optional) if (values[key] !== undefined && typeof values[key] !== 'string') refuse(`"${key}" must be a text`);
  const { probeSeconds } = values;
  if (probeSeconds !== undefined && !(typeof probeSeconds === 'number' && probeSeconds > 0))
    refuse('"probeSeconds" must be a number');
  const config = values as AgentConfig;
  if (!/^wss:\/\//.test(config.server)) refuse('"server" must begin with wss://');
  for (const key of ['ca', 'certificate', 'key', 'dataDir'] as const)
    if (!isAbsolute(config[key])) refuse(`"${key}" must be an absolute path`);
  return config;
};

/** Where the agent's own files lie. */
export const paths = (dataDir: string) => ({
  epochs: join(dataDir, 'epochs.json'),
  pools: join(dataDir, 'pools.json'),
  acceleration: join(dataDir, 'acceleration.json'),
  update: join(dataDir, 'update.json'),
  probe: join(dataDir, 'probe'),
  seeds: join(dataDir, 'seeds'),
  consoles: join(dataDir, 'consoles'),
  networks: join(dataDir, 'networks'),
  seed: (uuid: string) => join(dataDir, 'seeds', `${uuid}.iso`),
  consoleLog: (uuid: string) => join(dataDir, 'consoles', `${uuid}.log`),
  keptConsoleLog: (uuid: string) => join(dataDir, 'consoles', `${uuid}.kept.log`),
  channels: (uuid: string) => join(dataDir, 'channels', uuid),
  network: (id: string) => join(dataDir, 'networks', id),
});
export type Paths = ReturnType<typeof paths>;
