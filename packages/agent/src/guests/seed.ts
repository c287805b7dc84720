import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestDocument } from '@virtstack/protocol';
import { publish } from '../system/files.ts';
import { run } from '../system/run.ts';

type Seed = NonNullable<GuestDocument['seed']>;

/** Makes cloud-init's NoCloud disk: an ISO image labelled `cidata`. libvirt gives it to the process that runs the guest; others cannot read it. */
export const writeSeed = async (path: string, seed: Seed, directory: string, signal: AbortSignal): Promise<void> => {
  const workshop = await mkdtemp(join(directory, '.making-'));
  try {
    const files = Object.entries({
      'meta-data': seed.metaData,
      'user-data': seed.userData,
      'network-config': seed.networkConfig,
    });
    const content = join(workshop, 'content');
    for (const [name, text] of files) if (text !== undefined) await writeFile(join(workshop, name), text, { mode: 0o600 });
    const names = files.filter(([, text]) => text !== undefined).map(([name]) => `${name}=${join(workshop, name)}`);
    const image = `${content}.iso`;
    await run(['xorrisofs', '-quiet', '-J', '-r', '-V', 'cidata', '-o', image, '-graft-points', ...names], { signal });
    await chmod(image, 0o600);
    await publish(image, path);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
};
