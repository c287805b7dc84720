import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { bootSector } from '../../packages/agent/src/testing/boot-sector.ts';

/** Runs virsh on the host, and another program there. */
export type OnHost = {
  readonly virsh: (...argv: string[]) => Promise<string>;
  readonly sh: (...argv: string[]) => Promise<string>;
};
export type Place = { readonly directory: string; readonly bridge: string; readonly domainType: string };
type Shape = {
  readonly head?: string;
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly second?: true;
  readonly overlay?: true;
  readonly nics?: number;
  readonly devices?: string;
  readonly after?: 'stays off' | 'paused' | 'autostart';
};

const note = "<x:note xmlns:x='https://example.org/note'>mine</x:note>";
/** What people have on a host: each shape in several copies. */
const shapes: readonly Shape[] = [
  {},
  { nics: 1 },
  { nics: 2 },
  { nics: 0, after: 'stays off' },
  { head: '<title>an old one</title><description>of the house</description>', nics: 1 },
  { head: `<metadata>${note}</metadata>`, nics: 1 },
  { vcpus: 2, memoryMiB: 48, nics: 1 },
  { second: true, nics: 1 },
  { overlay: true, nics: 1 },
  { devices: "<disk type='file' device='cdrom'><target dev='hdc'/><readonly/></disk>", nics: 1 },
  { devices: "<graphics type='vnc' port='-1' autoport='yes'/>", nics: 1 },
  { nics: 1, after: 'paused' },
  { nics: 1, after: 'autostart' },
  { head: '<on_reboot>destroy</on_reboot>', nics: 1 },
  { second: true, nics: 2, after: 'stays off' },
];

/** Defines so many domains as an admin did before there was a cloud, and starts those that run; answers their names. */
export async function makeOldDomains(host: OnHost, place: Place, many: number, prefix: string): Promise<string[]> {
  mkdirSync(place.directory, { recursive: true, mode: 0o711 });
  const names: string[] = [];
  for (let index = 0; index < many; index++) {
    const name = `${prefix}-${index}`;
    await make(host, place, name, shapes[index % shapes.length]!);
    names.push(name);
  }
  return names;
}

async function make({ virsh, sh }: OnHost, place: Place, name: string, shape: Shape): Promise<void> {
  const { directory } = place;
  const file = `${directory}/${name}.xml`;
  writeFileSync(`${directory}/${name}.img`, bootSector());
  if (shape.second) writeFileSync(`${directory}/${name}-data.img`, Buffer.alloc(65_536));
  if (shape.overlay)
    await sh('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', `${name}.img`, '-F', 'raw', `${directory}/${name}.qcow2`);
  writeFileSync(file, document(place, name, shape));
  await virsh('define', file);
  if (shape.after === 'autostart') await virsh('autostart', name);
  if (shape.after === 'stays off') return;
  await virsh('start', name);
  if (shape.after === 'paused') await virsh('suspend', name);
}

const document = ({ directory, bridge, domainType }: Place, name: string, shape: Shape): string => {
  const disk = (file: string, format: string, target: string): string =>
    `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${directory}/${file}'/><target dev='${target}'/></disk>`;
  const disks = [
    shape.overlay ? disk(`${name}.qcow2`, 'qcow2', 'hda') : disk(`${name}.img`, 'raw', 'hda'),
    ...(shape.second ? [disk(`${name}-data.img`, 'raw', 'hdb')] : []),
  ];
  const nics = Array.from({ length: shape.nics ?? 0 }, () => `<interface type='bridge'><source bridge='${bridge}'/></interface>`);
  return `<domain type='${domainType}'><name>${name}</name><uuid>${randomUUID()}</uuid>${shape.head ?? ''}
    <memory unit='MiB'>${shape.memoryMiB ?? 32}</memory><vcpu>${shape.vcpus ?? 1}</vcpu><os><type arch='x86_64'>hvm</type></os>
    <devices>${[...disks, ...nics, shape.devices ?? ''].join('')}<serial type='pty'/></devices></domain>`;
};

/** What a domain is: libvirt's number of its run (another one after each start), its state, and its documents. */
export type Seen = { readonly run: string; readonly state: string; readonly live: string; readonly defined: string };

export async function seen({ virsh }: Pick<OnHost, 'virsh'>, name: string): Promise<Seen> {
  const [run, state, live, defined] = await Promise.all([
    virsh('domid', name),
    virsh('domstate', name),
    virsh('dumpxml', '--security-info', name),
    virsh('dumpxml', '--security-info', '--inactive', name),
  ]);
  return { run: run.trim(), state: state.trim(), live, defined };
}

const mark = / *<virtstack:guest [^>]*\/>\n/;
const emptied = / *<metadata>\s*<\/metadata>\n| *<metadata\/>\n/;

/** Without the cloud's mark, and without the element that was made for it. */
export const unmarked = ({ live, defined, ...rest }: Seen): Seen => {
  const plain = (text: string): string => text.replace(mark, '').replace(emptied, '');
  return { ...rest, live: plain(live), defined: plain(defined) };
};
