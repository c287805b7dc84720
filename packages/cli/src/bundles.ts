import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, root } from '@virtstack/shell/places.ts';
import { run } from '@virtstack/shell/run.ts';

/** The single files and the page that run elsewhere than in the checkout. */
export type Bundles = { readonly agent: string; readonly imageStore: string; readonly ui: string };

/** Makes what is not there yet for these very sources; a second call finds it in milliseconds. */
export async function makeBundles(): Promise<Bundles> {
  const directory = join(cacheDir, 'bundles', sourceHash());
  const bundles = {
    agent: join(directory, 'agent.mjs'),
    imageStore: join(directory, 'image-store.mjs'),
    ui: join(directory, 'ui'),
  };
  if (existsSync(join(directory, 'complete'))) return bundles;
  const fresh = `${directory}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  // In a process of its own: what bundles takes as much memory as the cloud, and only once.
  const made = await run([
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(root, 'packages/cli/src/build-bundles.ts'),
    fresh,
  ]);
  if (made.code !== 0) throw new Error(`The bundles could not be made: ${made.stderr.trim()}`);
  writeFileSync(join(fresh, 'complete'), '');
  rmSync(directory, { recursive: true, force: true });
  renameSync(fresh, directory);
  return bundles;
}

/** Changes when any source or any package does: names, sizes and times of the files, not their contents (a start must not read them all). */
function sourceHash(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const name of ['agent', 'hypervisor', 'libvirt', 'protocol', 'systemvm', 'contract', 'ui', 'cli'])
    for (const file of readdirSync(join(root, 'packages', name), { recursive: true, encoding: 'utf8' }).sort()) {
      const info = statSync(join(root, 'packages', name, file));
      if (info.isFile()) hash.update(`${name}/${file} ${info.size} ${info.mtimeMs}\n`);
    }
  return hash.digest('hex').slice(0, 16);
}
