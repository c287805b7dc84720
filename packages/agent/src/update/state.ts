import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hostPlaces, type OwnProgram } from '@virtstack/protocol';
import { z } from 'zod';
import type { AgentConfig } from '../config.ts';
import { exists, publish, readIfThere, writeAtomically } from '../system/files.ts';
import { trial } from './starter.ts';

/** The files of a program that may be replaced: what runs, what ran before, what failed, and how often what is new was started (see the starter). */
export const filesOf = (place: string) => {
  const at = (name: string): string => join(dirname(place), name);
  return {
    next: at('agent.next.mjs'),
    previous: at('agent.previous.mjs'),
    failed: at('agent.failed.mjs'),
    trial: at('agent.trial'),
    starter: at('start'),
  };
};

/** Where this program lies, if that is where the server puts it and a starter keeps it: then it may replace itself. */
export const ownPlace = async ({ program = hostPlaces.agent }: Pick<AgentConfig, 'program'>): Promise<string | undefined> => {
  const own = await realpath(process.argv[1] ?? '').catch(() => undefined);
  return own === program && (await exists(filesOf(program).starter)) ? own : undefined;
};

export const sha512Of = async (path: string): Promise<string> => {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

type Failed = OwnProgram['failed'];
const remembered = z.array(z.object({ sha512: z.string(), words: z.string() }));
const most = 20;

/** What was tried in vain, and why. A file that cannot be read says nothing: the agent must start. */
export const failedOf = async (file: string, place: string): Promise<Failed> => {
  const text = await readIfThere(file).catch(() => undefined);
  const known = remembered.safeParse(parsed(text ?? '[]'));
  const before = known.success ? known.data : [];
  const { failed } = filesOf(place);
  if (!(await exists(failed))) return before;
  const words = `It was started ${trial.starts} times, for ${trial.seconds} s at most, and the server did not welcome it. Its log on the host says more (journalctl -u virtstack-agent).`;
  const sha512 = await sha512Of(failed);
  return before.some((each) => each.sha512 === sha512) ? before : [...before, { sha512, words }];
};

export const writeFailed = (file: string, failed: Failed): Promise<void> =>
  writeAtomically(
    file,
    JSON.stringify(failed.slice(-most).map(({ sha512, words }) => ({ sha512, words: words.slice(0, 2000) }))),
  );

/** Cut off anywhere, one of both is in place, and the starter finds the other. */
export const replace = async (place: string): Promise<void> => {
  const { next, previous, trial } = filesOf(place);
  const part = `${previous}.part`;
  await rm(part, { force: true });
  await link(place, part);
  await publish(part, previous);
  await writeAtomically(trial, '0\n', 0o644);
  await publish(next, place);
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
