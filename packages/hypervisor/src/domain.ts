import { format } from '@virtstack/libvirt/xml/declare.ts';
import type { Devices } from '@virtstack/libvirt/xml/devices.ts';
import { type Domain, domain } from '@virtstack/libvirt/xml/domain.ts';
import { channel } from './devices/channel.ts';
import { consoles } from './devices/console.ts';
import { disk } from './devices/disk.ts';
import { display } from './devices/display.ts';
import { hotplugPorts } from './devices/hotplug-ports.ts';
import { memoryBalloon } from './devices/memory-balloon.ts';
import { nic } from './devices/nic.ts';
import { randomGenerator } from './devices/random-generator.ts';
import type { Guest } from './guest.ts';
import type { HostCapabilities } from './host.ts';
import { metadataElement } from './metadata.ts';
import { domainType, modeOf } from './modes.ts';
import type { Plan } from './plan.ts';
import type { Profile } from './profile.ts';

const devices: readonly ((plan: Plan) => Devices)[] = [
  ({ guest, profile }) => ({ disks: guest.disks.map((each) => disk(each, profile)) }),
  ({ guest, profile }) => ({ interfaces: guest.nics.map((each) => nic(each, profile)) }),
  ({ guest, mode }) => consoles(mode, guest.consoleLog),
  ({ guest, profile }) => ({ channels: guest.channels.map((each) => channel(each, profile)) }),
  ({ guest, mode }) => display(guest.graphics, mode),
  ({ profile }) => hotplugPorts(profile),
  ({ profile }) => memoryBalloon(profile),
  ({ profile }) => randomGenerator(profile),
];

const parts: readonly ((plan: Plan) => Partial<Domain>)[] = [identity, size, operatingSystem, product, processor, lifecycle];

/** The guest as libvirt's domain XML. Throws Error when the host cannot do what the guest asks for, XmlError for text that XML cannot carry. */
export function domainXml(guest: Guest, profile: Profile, host: HostCapabilities): string {
  const plan: Plan = { guest, profile, host, ...modeOf(guest, profile, host) };
  const made: Domain = Object.assign({ type: domainType(profile, host), name: guest.name }, ...parts.map((part) => part(plan)), {
    devices: Object.assign({}, ...devices.map((device) => device(plan))),
  });
  return format(domain, made);
}

function identity({ guest }: Plan): Partial<Domain> {
  return { uuid: guest.uuid, title: guest.title, metadata: [metadataElement(guest)] };
}

function size({ guest }: Plan): Partial<Domain> {
  return { memoryKiB: guest.memoryKiB, currentMemoryKiB: guest.memoryKiB, vcpu: { placement: 'static', count: guest.vcpus } };
}

/** A kernel from the profile finds the image's own; otherwise the firmware boots the root disk. */
function operatingSystem({ profile, host, mode, support }: Plan): Partial<Domain> {
  const firmware: Domain['os'] = {
    loader: support.loader === undefined ? undefined : { type: 'rom', path: support.loader },
    boot: [{ dev: 'hd' }],
    smbios: profile.product === undefined ? undefined : { mode: 'sysinfo' },
  };
  return {
    os: {
      type: { arch: host.arch, machine: mode.machine, name: mode.os },
      ...(mode.kernel === undefined ? firmware : { kernel: mode.kernel }),
    },
    features: mode.features.length === 0 ? undefined : mode.features,
  };
}

function product({ profile }: Plan): Partial<Domain> {
  if (profile.product === undefined) return {};
  return { systemInformation: { type: 'smbios', system: { entries: [{ name: 'product', value: profile.product }] } } };
}

function processor({ profile, host }: Plan): Partial<Domain> {
  const { cpuMode } = profile;
  return { cpu: host.accelerated && cpuMode !== undefined ? { mode: cpuMode } : undefined, clock: { offset: 'utc' } };
}

function lifecycle(): Partial<Domain> {
  return { onPowerOff: 'destroy', onReboot: 'restart', onCrash: 'destroy' };
}
