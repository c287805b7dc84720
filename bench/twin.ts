import { randomUUID } from 'node:crypto';

/** A domain that the cloud made, and its files. */
export type Sample = { readonly xml: string; readonly disk: string; readonly image: string; readonly seed: string };

/** From the domain's inactive XML; `info` tells `qemu-img info --output=json` of a disk. @throws {Error} it is no guest of the cloud's. */
export async function sampleOf(xml: string, info: (disk: string) => Promise<string>): Promise<Sample> {
  const file = (place: string): string => {
    const found = new RegExp(`<source file='([^']+/${place}/[^']+)'`).exec(xml)?.[1];
    if (!found) throw new Error(`no disk under ${place}/ in ${xml}`);
    return found;
  };
  const disk = file('volumes');
  const image = /"full-backing-filename": "([^"]+)"/.exec(await info(disk))?.[1];
  if (!image) throw new Error(`${disk} has no image beneath it`);
  return { xml, disk, image, seed: file('seeds') };
}

/** The very same domain with a name, an identity, an address, a disk, a seed, channels and a log of its own. */
export function twinOf({ xml, disk, seed }: Sample): { id: string; xml: string; disk: string; seed: string } {
  const id = randomUUID();
  const beside = (path: string): string => `${path.slice(0, path.lastIndexOf('/'))}/${id}`;
  const own = { disk: `${beside(disk)}.qcow2`, seed: beside(seed) };
  const document = xml
    .replace(/<name>[^<]*/, `<name>${id}`)
    .replace(/<uuid>[^<]*/, `<uuid>${id}`)
    .replace(/<metadata>[\s\S]*?<\/metadata>/, '')
    .replaceAll(disk, own.disk)
    .replaceAll(seed, own.seed)
    .replace(/<mac address='(..:..:..)[^']*'/, `<mac address='$1:${id.slice(0, 2)}:${id.slice(2, 4)}:${id.slice(4, 6)}'`)
    .replace(/<source mode='bind' path='[^']*'/g, `<source mode='bind' path='/run/${id.slice(0, 8)}.channel'`)
    .replace(/<log file='([^']*)'/g, (_, path: string) => `<log file='${beside(path)}.log'`);
  return { id, xml: document, ...own };
}
