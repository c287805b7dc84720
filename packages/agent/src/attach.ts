import {
  catalogue,
  type HostCapabilities,
  hostCapabilities,
  isHypervisorEnabled,
  type Profile,
  profileOf,
} from '@virtstack/hypervisor';
import { type AddressOptions, type Connection, connect, type LibvirtError } from '@virtstack/libvirt';
import type { Logger } from 'pino';
import type { AgentConfig, Paths } from './config.ts';
import { type Acceleration, acceleration } from './facts/acceleration.ts';
import { type HostVersions, hostVersions } from './facts/versions.ts';

/** What is held and known while libvirt answers. */
export type Attachment = {
  readonly address: AddressOptions;
  /** Events and questions, which are answered at once. */
  readonly queries: Connection;
  /** Calls that take their time. */
  readonly jobs: Connection;
  readonly profile: Profile;
  readonly capabilities: HostCapabilities;
  readonly versions: HostVersions;
  readonly acceleration: Acceleration;
  /** Resolves when one of the connections has ended. */
  readonly ended: Promise<LibvirtError | undefined>;
  close(): Promise<void>;
};

type Options = { readonly config: AgentConfig; readonly paths: Paths; readonly log: Logger; readonly signal: AbortSignal };

/** Connects, and finds out what this host is. @throws {Error} when no libvirt of a known hypervisor answers. */
export const attach = async (options: Options): Promise<Attachment> => {
  const { address, queries, profile } = await firstAnswer(options);
  try {
    const jobs = await connect(address);
    const close = async (): Promise<void> => {
      await Promise.all([queries.close(), jobs.close()]);
    };
    const ended = Promise.race([queries.closed, jobs.closed]);
    try {
      return { address, queries, jobs, profile, ...(await learn(options, address, queries, profile)), ended, close };
    } catch (error) {
      await jobs.close();
      throw error;
    }
  } catch (error) {
    await queries.close();
    throw error;
  }
};

const learn = async ({ config, paths, log, signal }: Options, address: AddressOptions, queries: Connection, profile: Profile) => {
  const versions = await hostVersions(queries, profile);
  const xml = await queries.node.capabilities();
  const { probeSeconds } = config;
  const found = await acceleration({ address, profile, capabilitiesXml: xml, versions, paths, log, signal, probeSeconds });
  return { versions, acceleration: found, capabilities: hostCapabilities(xml, found.accelerated) };
};

type Answer = { readonly address: AddressOptions; readonly queries: Connection; readonly profile: Profile };

/** The configured libvirt; else the first in the catalogue's order that answers, before all others one whose hypervisor is there. */
const firstAnswer = async ({ config, signal }: Options): Promise<Answer> => {
  const problems: string[] = [];
  for (const uri of config.uri === undefined ? await candidates() : [config.uri]) {
    const address = { uri, socket: config.libvirtSocket };
    try {
      return await open(address, signal);
    } catch (error) {
      problems.push(`${uri}: ${(error as Error).message}`);
    }
  }
  throw new Error(problems.join('; '));
};

const open = async (address: AddressOptions, signal: AbortSignal): Promise<Answer> => {
  const queries = await connect({ ...address, signal });
  try {
    return { address, queries, profile: profileOf(await queries.node.type()) };
  } catch (error) {
    await queries.close();
    throw error;
  }
};

const candidates = async (): Promise<string[]> => {
  const enabled = await Promise.all(catalogue.map((profile) => isHypervisorEnabled(profile)));
  const there = catalogue.filter((_, index) => enabled[index]);
  return [...there, ...catalogue.filter((profile) => !there.includes(profile))].map((profile) => profile.uri);
};
