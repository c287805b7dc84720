import { existsSync } from 'node:fs';
import { ApiClient } from './api-client.ts';
import { pathsOf } from './paths.ts';
import { runningSupervisor } from './pid-file.ts';
import { readAdmin } from './summary.ts';

type Status = {
  running: boolean;
  pid?: number;
  url?: string;
  api?: 'answers' | string;
  hosts?: { name: string; state: string; hypervisor: string }[];
  instances?: Record<string, number>;
};

/** `./virtstack status`: exit code 0 when it runs and its API answers, 3 when it is stopped, 1 when it is in trouble. */
export async function status(options: { data?: string; json?: boolean }): Promise<void> {
  const found = await look(options);
  process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : `${inWords(found)}\n`);
  process.exitCode = !found.running ? 3 : found.api === 'answers' ? 0 : 1;
}

async function look(options: { data?: string }): Promise<Status> {
  const paths = pathsOf(options);
  const pid = runningSupervisor(paths);
  if (!pid || !existsSync(paths.admin)) return { running: Boolean(pid), ...(pid && { pid }) };
  const admin = readAdmin(paths);
  try {
    const api = new ApiClient(admin);
    const [hosts, machines] = await Promise.all([
      api.list('listHosts', { type: 'Routing' }),
      api.list('listVirtualMachines', { listall: true, pagesize: 500, page: 1 }),
    ]);
    const instances: Record<string, number> = {};
    for (const { state } of machines) instances[state ?? 'Unknown'] = (instances[state ?? 'Unknown'] ?? 0) + 1;
    return {
      running: true,
      pid,
      url: admin.url,
      api: 'answers',
      hosts: hosts.map(({ name, state, hypervisor }) => ({ name: name!, state: state!, hypervisor: hypervisor! })),
      instances,
    };
  } catch (error) {
    return { running: true, pid, url: admin.url, api: (error as Error).message };
  }
}

function inWords(found: Status): string {
  if (!found.running) return 'stopped (./virtstack up starts it)';
  const counts = Object.entries(found.instances ?? {}).map(([state, count]) => `${count} ${state}`);
  return [
    `running, pid ${found.pid}`,
    ...(found.url ? [`URL       ${found.url}`, `API       ${found.api}`] : ['not ready yet']),
    ...(found.hosts ?? []).map((host) => `host      ${host.name}: ${host.state} (${host.hypervisor})`),
    `instances ${counts.join(', ') || 'none'}`,
  ].join('\n');
}
