import { readFile, stat } from 'node:fs/promises';
import { readXml } from '@virtstack/libvirt/xml/read.ts';
import { elementsOf, textOf } from '@virtstack/libvirt/xml/tree.ts';

const GROUP_READ_WRITE = 0o060;
const OWNER_READ_WRITE = 0o600;
const ALL_READ_WRITE = 0o006;

/** Why the user that runs guests cannot open the device, and the mend; undefined when nothing is wrong with it. */
export const deviceProblem = async (path: string, domainType: string, capabilitiesXml: string): Promise<string | undefined> => {
  const device = await stat(path).catch(() => undefined);
  if (!device)
    return `${path} is not there: switch hardware virtualization on in the machine's firmware and load the kernel's module.`;
  const runner = guestOwner(capabilitiesXml, domainType);
  if (!runner || runner.uid === 0) return undefined;
  const mode = device.mode & 0o777;
  const groups = [runner.gid, ...(await groupsOf(runner.uid))];
  const owner = device.uid === runner.uid && has(mode, OWNER_READ_WRITE);
  if (owner || (groups.includes(device.gid) && has(mode, GROUP_READ_WRITE)) || has(mode, ALL_READ_WRITE)) return undefined;
  return (
    `Guests run as user ${runner.uid}, who may not open ${path} (owner ${device.uid}, group ${device.gid}, mode ${mode.toString(8)}): ` +
    `chgrp ${runner.gid} ${path} && chmod 660 ${path}, and keep it so with a udev rule. Until then libvirt itself is slow, too.`
  );
};

const has = (mode: number, bits: number): boolean => (mode & bits) === bits;

/** Who owns a guest's process, from libvirt's capabilities (`+64055:+107`). */
const guestOwner = (capabilitiesXml: string, domainType: string): { uid: number; gid: number } | undefined => {
  const labels = elementsOf(readXml(capabilitiesXml), 'host')
    .flatMap((host) => elementsOf(host, 'secmodel'))
    .flatMap((model) => elementsOf(model, 'baselabel'));
  const label = labels.find((each) => each.attributes?.type === domainType && /^\+\d+:\+\d+$/.test(textOf(each)));
  if (!label) return undefined;
  const [uid, gid] = textOf(label).split(':').map(Number);
  return { uid: uid!, gid: gid! };
};

const groupsOf = async (uid: number): Promise<number[]> => {
  const user = (await lines('/etc/passwd')).find((fields) => Number(fields[2]) === uid);
  if (!user) return [];
  const members = (await lines('/etc/group')).filter((fields) => fields[3]?.split(',').includes(user[0]!));
  return [Number(user[3]), ...members.map((fields) => Number(fields[2]))];
};

const lines = async (path: string): Promise<string[][]> =>
  (await readFile(path, 'utf8')).split('\n').map((line) => line.split(':'));
