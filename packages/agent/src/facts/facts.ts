import { movableModes, offeredModes, versionProblems } from '@virtstack/hypervisor';
import type { HostFacts } from '@virtstack/protocol';
import type { Attachment } from '../attach.ts';
import type { AgentConfig } from '../config.ts';
import { pkiOf } from '../migration/pki.ts';
import * as machine from './machine.ts';
import { guestMemory } from './memory.ts';
import { hostVersions } from './versions.ts';

const movesNone = { live: [], paused: [], abortable: false };

/** What this host is. @throws {Error} when its libvirt runs no guest of its hypervisor at all. */
export const hostFacts = async (attachment: Attachment, config: AgentConfig): Promise<HostFacts> => {
  const { profile, capabilities, acceleration, queries } = attachment;
  const versions = await hostVersions(queries, profile);
  const modes = offeredModes(profile, capabilities).map(({ mode }) => mode.name);
  if (modes.length === 0)
    throw new Error(`libvirt offers none of the ways in which ${profile.label} runs guests: is all of it installed?`);
  const info = await queries.node.info();
  return {
    hypervisor: profile.label,
    hypervisorVersion: versions.hypervisor,
    libvirtVersion: versions.libvirt,
    ...(versions.emulator !== undefined && { emulatorVersion: versions.emulator }),
    tooOld: versionProblems(profile, versions),
    accelerated: acceleration.accelerated,
    ...(acceleration.problem !== undefined && { accelerationProblem: acceleration.problem }),
    ...machine.names,
    arch: capabilities.arch,
    operatingSystem: await machine.operatingSystem(),
    bootId: await machine.bootId(),
    cpus: info.cpus,
    cpuSockets: info.sockets * info.nodes,
    cpuMhz: info.mhz,
    cpuModel: await machine.cpuModel(),
    memoryBytes: await guestMemory(attachment),
    virtualizationModes: modes,
    migration: pkiOf(config) === undefined ? movesNone : movableModes(profile, capabilities),
    imageFormats: [...profile.imageFormats],
    capabilities: [],
    bridges: await machine.bridges(),
    addresses: await machine.addresses(),
  };
};
