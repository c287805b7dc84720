import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildUi } from '@virtstack/ui/build.ts';
import { build } from 'esbuild';
import { cacheDir, root } from './paths.ts';

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
  await Promise.all([
    bundleProgram('packages/agent/src/main.ts', join(fresh, 'agent.mjs')),
    bundleProgram('packages/systemvm/src/image-store/main.ts', join(fresh, 'image-store.mjs')),
    buildUi({ outDir: join(fresh, 'ui') }),
  ]);
  writeFileSync(join(fresh, 'complete'), '');
  rmSync(directory, { recursive: true, force: true });
  renameSync(fresh, directory);
  return bundles;
}

/** One file with everything in it: starts faster, takes less memory, and can be copied to a host. */
const bundleProgram = (entry: string, outfile: string): Promise<unknown> =>
  build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['bufferutil', 'utf-8-validate'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });

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
