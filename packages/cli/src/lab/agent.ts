import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostPlaces } from '@virtstack/protocol';
import { say } from '@virtstack/shell/say.ts';
import { hostDirectory, type LabHost, type Place, reachOf } from '../../../../lab/host.ts';
import { copyTo, onHost, tryOnHost } from '../../../../lab/ssh.ts';
import type { ApiClient } from '../api-client.ts';
import { certificateFor } from '../certificates.ts';

const place = '/var/lib/virtstack';
const directory = `${place}/agent`;
/** The host's primary storage. */
export const { primary } = hostPlaces;
const unit = 'virtstack-agent';

/** What the agent leaves running (DHCP) outlives it. */
const service = `[Service]
ExecStart=/usr/local/bin/node --max-semi-space-size=1 ${directory}/agent.mjs ${directory}/config.json
Restart=always
KillMode=process

[Install]
WantedBy=multi-user.target
`;

/** Puts the agent on a host and starts it, now and at each boot; one that is as it should be is left alone. `server` is where it connects: `wss://HOST:PORT/agent`. */
export async function startAgentOn(
  lab: Place,
  host: LabHost,
  { api, bundle, server }: { api: ApiClient; bundle: string; server: string },
): Promise<void> {
  const reach = reachOf(lab, host);
  const here = join(hostDirectory(lab, host.name), 'agent');
  mkdirSync(here, { recursive: true, mode: 0o700 });
  const files = await certificateFor(api, host.uuid, here);
  // An emulated host beside others on a busy machine takes its time.
  const config = { server, guid: host.uuid, dataDir: directory, probeSeconds: 180, ...on(directory, files) };
  writeFileSync(join(here, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  const stamp = fingerprint([bundle, join(here, 'config.json'), ...Object.values(files)]);
  const found = await tryOnHost(reach, `systemctl -q is-active ${unit} && cat ${directory}/stamp`);
  if (found.stdout.trim() === stamp) return;
  say(`starting the agent of ${host.name}`);
  await onHost(reach, `mkdir -p -m 711 ${directory} ${primary}`);
  await copyTo(reach, [bundle, join(here, 'config.json'), ...Object.values(files)], directory);
  const start = `cat >/etc/systemd/system/${unit}.service; systemctl -q enable ${unit}; systemctl restart ${unit}`;
  await onHost(reach, `${start}; echo ${stamp} >${directory}/stamp`, service);
}

const fingerprint = (files: readonly string[]): string =>
  files.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256')).digest('hex');

/** What the agent has written, its last lines. */
export const agentLog = (lab: Place, host: LabHost, lines = 200): Promise<string> =>
  onHost(reachOf(lab, host), `journalctl -q -o cat -u ${unit} -n ${lines}`);

const on = <T extends Record<string, string>>(folder: string, files: T): T =>
  Object.fromEntries(Object.entries(files).map(([name, file]) => [name, `${folder}/${file.split('/').at(-1)}`])) as T;
