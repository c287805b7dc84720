import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SetupRequest } from '@virtstack/protocol';
import { exists } from '../../system/files.ts';
import { allGuests, namesIn } from '../guests.ts';
import { places } from '../places.ts';
import { removeEmpty } from './pools.ts';
import type { Step } from './step.ts';

/** The first of all, and the last to go: with it goes what is remembered of the host. */
export const directory: Step<SetupRequest<'prepare'>> = {
  name: 'remember the host as it is',
  do: async ({ findings, profile }) => {
    await findings.begin(profile.label);
    return places.found;
  },
  undo: {
    name: 'remove the agent’s files',
    do: async () => {
      const kept = await inUse();
      await removeBut(places.data, [...kept, places.found]);
      await removePrograms();
      // The last of all: without it nobody knows that anything is left to do.
      await rm(places.found, { force: true });
      for (const path of [places.data, dirname(places.data)]) await removeEmpty(path);
      return kept.length > 0
        ? `these stay, for guests use them: ${kept.join(', ')}`
        : `${places.data} and ${places.programs} are gone`;
    },
  },
};

export const removePrograms = (): Promise<void> => rm(places.programs, { recursive: true, force: true });

/** What guests of ours use, and those that were given back, that run or are defined; and networks in which some still are. */
const inUse = async (): Promise<string[]> => {
  const { seed, consoleLog, channels, network, networks } = places.agent;
  const files = (await allGuests()).flatMap(({ uuid }) => [seed(uuid), consoleLog(uuid), channels(uuid)]);
  const all = [...files, ...(await namesIn(networks)).map(network)];
  const there = await Promise.all(all.map(exists));
  return all.filter((_, index) => there[index]);
};

/** Removes a directory, save for what is kept in it. */
const removeBut = async (path: string, kept: readonly string[]): Promise<void> => {
  if (kept.includes(path)) return;
  if (!kept.some((each) => each.startsWith(`${path}/`))) return rm(path, { recursive: true, force: true });
  for (const name of await namesIn(path)) await removeBut(join(path, name), kept);
};
