import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { labImage } from '../lab/image.ts';
import { kinds } from '../lab/kinds.ts';
import { labDown, labUp } from '../lab/lab.ts';
import { makeNetwork } from '../lab/network.ts';
import { bootedDisk } from '../lab/snapshot.ts';

/**
 * From `lab up` to a host of each kind that libvirt serves, one after another: the first time (the image is built, the host is booted and saved) and
 * from then on (what was saved is resumed).
 */
const here = { namespace: undefined };
const scratch = mkdtempSync('/var/tmp/virtstack-bench-');
const image = await labImage();
const built = join(image, 'seconds');
const building = existsSync(built) ? Number(readFileSync(built, 'utf8')) : Number.NaN;
console.log(`image                    ${seconds(building)} when it was built`);
try {
  // The image's files without what was saved of its hosts.
  for (const file of readdirSync(image).filter((name) => !/^\w+-[0-9a-f]{12}\.qcow2$/.test(name)))
    symlinkSync(join(image, file), join(scratch, file));
  for (const kind of kinds) {
    await makeNetwork(here);
    const booting = await timed(() => bootedDisk(kind, scratch, here));
    await bootedDisk(kind, image, here);
    const lab = `${scratch}/lab`;
    const resuming = await timed(() => labUp(lab, { [kind.name]: 1 }, { here: true }));
    await labDown(await labUp(lab, {}));
    console.log(
      `${`a usable ${kind.label} host`.padEnd(24)} ${seconds(resuming)}; the first time ${seconds(building + booting + resuming)}, of which ${seconds(booting)} to boot and save it`,
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await act();
  return (performance.now() - since) / 1000;
}

function seconds(number: number): string {
  return `${number.toFixed(0)} s`;
}
