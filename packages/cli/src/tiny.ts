import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '@virtstack/shell/places.ts';
import { say } from '@virtstack/shell/say.ts';
import { buildTiny } from '@virtstack/systemvm/tiny/build.ts';

/** The small template's image; built once from Debian's packages (about a minute), then found. */
export async function makeTiny(): Promise<string> {
  mkdirSync(cacheDir, { recursive: true });
  const image = await buildTiny({ out: join(cacheDir, 'tiny.qcow2'), cache: join(cacheDir, 'tiny'), log: say });
  return image.path;
}
