import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SetupRequest } from '@virtstack/protocol';
import { readIfThere, writeAtomically } from '../../system/files.ts';
import { starter } from '../../update/starter.ts';
import { putBack } from '../conf-file.ts';
import { places } from '../places.ts';
import { systemctl } from '../units.ts';
import type { Step } from './step.ts';

// What the agent leaves running (DHCP) outlives it.
const service = `[Unit]
Description=virtstack agent
After=network-online.target libvirtd.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sh ${places.starter} ${places.config}
Restart=always
RestartSec=2
KillMode=process

[Install]
WantedBy=multi-user.target
`;

export const unit: Step<SetupRequest<'prepare'>> = {
  name: 'define the agent’s service',
  do: async ({ findings }) => {
    await findings.rememberFile(places.unitFile);
    await mkdir(dirname(places.starter), { recursive: true, mode: 0o755 });
    await writeAtomically(places.starter, starter, 0o755);
    if ((await readIfThere(places.unitFile)) !== service) await writeAtomically(places.unitFile, service, 0o644);
    await systemctl('daemon-reload');
    return places.unitFile;
  },
  undo: {
    name: 'take the agent’s service away',
    do: async ({ findings }) => {
      await putBack(findings, places.unitFile);
      await systemctl('daemon-reload');
      return places.unitFile;
    },
  },
};
