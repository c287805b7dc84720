import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tail } from '../system/files.ts';

const DIRECTORY = '/var/log/libvirt';
const TAIL_BYTES = 2048;

/** What the drivers wrote about a guest since `since` (ms): its own log, and the log that a driver keeps for all of its guests. */
export const driverLog = async (name: string, since: number): Promise<string> => {
  const drivers = await readdir(DIRECTORY, { withFileTypes: true }).catch(() => []);
  const texts: string[] = [];
  for (const driver of drivers.filter((entry) => entry.isDirectory())) {
    const directory = join(DIRECTORY, driver.name);
    const files = (await readdir(directory).catch(() => [])).filter(
      (file) => file === `${name}.log` || file.endsWith('-driver.log'),
    );
    for (const file of files) {
      const changed = await stat(join(directory, file)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      );
      if (changed >= since) texts.push(lastLines(await tail(join(directory, file), TAIL_BYTES)));
    }
  }
  return texts.join('\n');
};

// The first line may be cut; command lines of a driver's process say nothing to a reader.
const lastLines = (text: Buffer): string =>
  text
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith('\\'))
    .slice(-8)
    .join('\n');
