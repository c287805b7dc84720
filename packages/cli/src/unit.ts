import { mkdirSync, writeFileSync } from 'node:fs';
import { root } from '@virtstack/shell/places.ts';
import { run } from '@virtstack/shell/run.ts';
import { print } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { hasServiceManager } from './libvirt-service.ts';
import type { Installation } from './options.ts';
import { saveInstallation } from './options.ts';
import type { Paths } from './paths.ts';

export const unitFile = '/etc/systemd/system/virtstack.service';

/** Puts a systemd unit in place and starts the cloud by it, now and at each boot. Its stop ends the parts by the supervisor alone: DHCP for guests goes on. */
export async function installUnit(paths: Paths, chosen: Installation): Promise<void> {
  if (!hasServiceManager())
    throw new UserError(
      '--install needs systemd, which does not run on this machine; ./virtstack up --detach starts it without.',
    );
  mkdirSync(paths.data, { recursive: true, mode: 0o711 });
  saveInstallation(paths, chosen);
  writeFileSync(unitFile, unit(paths));
  for (const argv of [['daemon-reload'], ['enable', '--now', 'virtstack.service']]) {
    const outcome = await run(['systemctl', ...argv]);
    if (outcome.code !== 0) throw new UserError(`systemctl ${argv.join(' ')} failed: ${outcome.stderr.trim()}`);
  }
  print(`virtstack.service is enabled and starting. Watch it: journalctl -fu virtstack; then ${root}/virtstack status`);
}

export const unit = (paths: Paths): string => `[Unit]
Description=virtstack, a cloud for libvirt hosts
Documentation=file://${root}/README.md
Wants=network-online.target
After=network-online.target libvirtd.service virtqemud.socket virtxend.socket

[Service]
Type=simple
ExecStart=${root}/virtstack up --data ${paths.data}
KillMode=process
KillSignal=SIGTERM
TimeoutStopSec=60
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
`;
