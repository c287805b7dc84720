import { hostPlaces } from '@virtstack/protocol';
import { CloudError } from '../../error.ts';
import type { Run } from '../../orchestration/saga.ts';
import type { Program } from '../programs.ts';
import { copyTo, hashesOf } from '../ssh/copy.ts';
import { type Adding, shellOf } from './adding.ts';
import { tell } from './tell.ts';

/** Beside their place: an agent of another cloud that is there keeps its own until the host has been checked. */
const staging = `${hostPlaces.programs}/new`;
const staged = (path: string): string => path.replace(hostPlaces.programs, staging);

/** Of the job's progress, percent. */
const [from, to] = [5, 45];
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Copies what the host has not yet, or has otherwise. */
export async function copyPrograms(run: Run, adding: Adding): Promise<Partial<Adding>> {
  const { node, agent } = run.programs;
  if (!agent) throw noAgent();
  const shell = await shellOf(run, adding);
  const wanted: readonly (readonly [path: string, program: Program])[] = [
    [hostPlaces.node, await node()],
    [hostPlaces.agent, await agent()],
  ];
  const found = await hashesOf(
    shell,
    wanted.flatMap(([path]) => [path, staged(path)]),
  );
  const there = (path: string, program: Program): string | undefined =>
    [path, staged(path)].find((one) => found.get(one) === program.sha256);
  const missing = wanted.filter(([path, program]) => there(path, program) === undefined);
  const total = missing.reduce((sum, [, program]) => sum + program.packedBytes, 0);
  let before = 0;
  for (const [path, program] of missing) {
    await tell(run, `host ${adding.address}: copy ${staged(path)} (${mebibytes(program.packedBytes)} of ${mebibytes(total)})`);
    await copyTo(shell, program, staged(path), (bytes) => run.progress(from + ((to - from) * (before + bytes)) / total));
    before += program.packedBytes;
  }
  const [nodeAt, agentAt] = wanted.map(([path, program]) => there(path, program) ?? staged(path));
  return { node: nodeAt!, agent: agentAt! };
}

export const noAgent = (): CloudError =>
  new CloudError(
    'unavailable',
    'This management server was not given the agent that it would copy to the host (agentBundle in its configuration; ./virtstack up gives it). Give it one, or start the agent on the host by hand.',
  );

/** Gives the copied programs their place. */
export const settle = [hostPlaces.node, hostPlaces.agent]
  .map((path) => `if [ -e ${staged(path)} ]; then mv -f ${staged(path)} ${path}; fi`)
  .concat(`rmdir ${staging} 2>/dev/null || true`)
  .join('; ');

/** What was copied and has no place yet goes. */
export const unstage = `rm -rf ${staging}; rmdir ${hostPlaces.programs} 2>/dev/null || true`;
