import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which labs have hosts whose disks lie on an image: their directories, a line each. */
const users = (image: string): string => join(image, 'labs');

/** Writes down that a lab's hosts are made of the image. */
export function noteUse(image: string, lab: string): void {
  const known = existsSync(users(image)) ? readFileSync(users(image), 'utf8') : '';
  if (!known.split('\n').includes(lab)) writeFileSync(users(image), `${known}${lab}\n`);
}

/** Removes the images that no recipe makes any more and no lab stands on. `current`: the directories of those that are made today. */
export function removeOldImages(cache: string, current: readonly string[]): void {
  for (const name of readdirSync(cache)) {
    const image = join(cache, name);
    if (!/^[0-9a-f]{16}$/.test(name) || current.includes(image) || isUsed(image)) continue;
    rmSync(image, { recursive: true, force: true });
  }
}

function isUsed(image: string): boolean {
  if (!existsSync(users(image))) return false;
  const labs = readFileSync(users(image), 'utf8').split('\n').filter(Boolean);
  return labs.map((lab) => join(lab, 'lab.json')).some((file) => existsSync(file) && readFileSync(file, 'utf8').includes(image));
}
