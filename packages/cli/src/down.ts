import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import { guestMetadata } from '@virtstack/hypervisor/metadata.ts';
import { connect } from '@virtstack/libvirt';
import { run, until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import { commandLine, UserError } from '@virtstack/shell/user-error.ts';
import { labDown, readLab } from '../../../lab/lab.ts';
import { imageUser, removeSystemUser, serverUser } from './accounts.ts';
import { isProgram, stopLibvirt } from './libvirt-service.ts';
import { readInstallation } from './options.ts';
import { labDirectory, type Paths, pathsOf } from './paths.ts';
import { runningSupervisor } from './pid-file.ts';
import { unitFile } from './unit.ts';

/** `./virtstack down`: stops the cloud; with `--purge` removes all that it made. */
export async function down(options: { data?: string; purge?: boolean }): Promise<void> {
  const paths = pathsOf(options);
  if (!existsSync(paths.data))
    throw new UserError(`there is nothing in ${paths.data}; name the installation's directory with --data.`);
  if (process.getuid?.() !== 0) throw new UserError(`this needs root, as up did. Run: sudo ${commandLine()}`);
  if (existsSync(unitFile) && readFileSync(unitFile, 'utf8').includes(`--data ${paths.data}\n`))
    await run(['systemctl', options.purge ? 'disable' : 'stop', ...(options.purge ? ['--now'] : []), 'virtstack.service']);
  const lab = readInstallation(paths)?.lab ?? false;
  const stopped = await stopSupervisor(paths);
  const stays = lab
    ? `the lab's hosts keep running (./virtstack lab stop --data ${labDirectory(paths)} powers them off)`
    : 'guests keep running';
  say(stopped ? (options.purge ? 'stopped' : `stopped; ${stays}`) : 'it does not run');
  if (options.purge) await purge(paths, lab);
}

/** False: it did not run. */
async function stopSupervisor(paths: Paths): Promise<boolean> {
  const pid = runningSupervisor(paths);
  if (!pid) return false;
  process.kill(pid, 'SIGTERM');
  if (await until(() => runningSupervisor(paths) !== pid, 90_000)) return true;
  throw new UserError(`process ${pid} did not end within 90 s; see ${paths.log}.`);
}

async function purge(paths: Paths, lab: boolean): Promise<void> {
  if (!existsSync(paths.options) && !existsSync(paths.database))
    throw new UserError(`${paths.data} is not a virtstack data directory; nothing was removed.`);
  if (lab) await purgeLab(paths);
  else await purgeThisMachine(paths);
  if (existsSync(unitFile)) rmSync(unitFile);
  const { data, ...inside } = paths;
  for (const path of Object.values(inside)) rmSync(path, { recursive: true, force: true });
  const others = readdirSync(data);
  if (others.length === 0) rmdirSync(data);
  else say(`${data} stays: ${others.join(', ')} in it is not virtstack's`);
  await removeSystemUser(imageUser);
  await removeSystemUser(serverUser);
  say('everything that it made is removed (Debian packages and the cache stay)');
}

async function purgeThisMachine(paths: Paths): Promise<void> {
  await removeGuests(paths);
  await removeNetworks(paths);
  await stopLibvirt(paths);
}

async function purgeLab(paths: Paths): Promise<void> {
  const lab = readLab(labDirectory(paths));
  if (lab) await labDown(lab);
}

/** Powers off and undefines the domains that carry our mark, and whose disks are this installation's. */
async function removeGuests(paths: Paths): Promise<void> {
  for (const { uri } of catalogue) {
    const connection = await connect({ uri }).catch(() => undefined);
    if (!connection) continue;
    for (const domain of await connection.domains.list()) {
      const xml = await domain.xml();
      if (!guestMetadata(xml) || !xml.includes(`${paths.primary}/`)) continue;
      say(`removing the guest ${domain.name}`);
      await domain.destroy().catch(() => {});
      await domain.undefine();
    }
    await connection.close();
  }
}

/** Stops DHCP, removes the bridges that the cloud made and its firewall table. */
async function removeNetworks(paths: Paths): Promise<void> {
  const networks = `${paths.agent}/networks`;
  for (const id of existsSync(networks) ? readdirSync(networks) : []) {
    const pidFile = `${networks}/${id}/dnsmasq.pid`;
    const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
    if (pid && isProgram(pid, 'dnsmasq')) process.kill(pid, 'SIGTERM');
  }
  await run(['ip', 'link', 'delete', 'virtstack0']);
  await run(['nft', 'delete', 'table', 'ip', 'virtstack']);
}
