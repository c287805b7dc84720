import { spawn } from 'node:child_process';
import { agentMethods, hostPlaces, PeerError } from '@virtstack/protocol';
import { exists } from '../system/files.ts';
import { run } from '../system/run.ts';
import { action } from './action.ts';

export const leaveHost = action(agentMethods.leave, async () => {
  if (process.argv[1] !== hostPlaces.agent)
    throw new PeerError(
      'invalid-state',
      `This agent runs from ${process.argv[1] ?? 'nowhere'}, not from ${hostPlaces.agent}: the server did not set this host up, and what it was before is not known.`,
    );
  await beginLeaving();
  return {};
});

/** The answer is on its way before the agent is stopped. */
const later = `sleep 1; echo '{}' | "$1" "$2" leave`;
const programs = [hostPlaces.node, hostPlaces.agent];

/** `leave` ends the agent's own unit, and must outlive it: it gets a unit of its own, or, where systemd does not run, a session. */
export async function beginLeaving(): Promise<void> {
  if (await exists('/run/systemd/system')) {
    await run(['systemd-run', '--quiet', '--collect', '--unit=virtstack-leave', 'sh', '-c', later, 'sh', ...programs]);
    return;
  }
  spawn('sh', ['-c', later, 'sh', ...programs], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}
