import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accelerationProbe, hostCapabilities, type Profile } from '@virtstack/hypervisor';
import type { AddressOptions } from '@virtstack/libvirt';
import type { Logger } from 'pino';
import type { Paths } from '../config.ts';
import { readIfThere, writeAtomically } from '../system/files.ts';
import { deviceProblem } from './device.ts';
import { bootId } from './machine.ts';
import { runProbe } from './probe.ts';
import type { HostVersions } from './versions.ts';

/** Whether guests run on the hardware; if not, why, and what mends it. */
export type Acceleration = { readonly accelerated: boolean; readonly problem?: string };

export type AccelerationQuestion = {
  readonly address: AddressOptions;
  readonly profile: Profile;
  readonly capabilitiesXml: string;
  readonly versions: HostVersions;
  readonly paths: Paths;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly probeSeconds?: number | undefined;
};

/** No report shows this domain: it is the agent's own, and lives for seconds. */
export const PROBE_UUID = '5fb1c1a4-0cf6-4f0a-9b8e-7f1d6f0c2a11';

const GOOD_FOR_MS = 7 * 24 * 3600_000;
const BAD_FOR_MS = 3600_000;

/** By a guest that really runs, once per boot and version: what libvirt advertises, and even a device that opens, proves nothing. */
export const acceleration = async (question: AccelerationQuestion): Promise<Acceleration> => {
  const key = await circumstances(question);
  const known = await cached(question.paths.acceleration, key);
  if (known) return known;
  const found = await probe(question);
  question.log.info(found, 'hardware acceleration');
  await writeAtomically(question.paths.acceleration, JSON.stringify({ key, at: Date.now(), found }));
  return found;
};

const cached = async (file: string, key: string): Promise<Acceleration | undefined> => {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const { key: before, at, found } = JSON.parse(text) as { key: string; at: number; found: Acceleration };
  const age = Date.now() - at;
  return before === key && age >= 0 && age < (found.accelerated ? GOOD_FOR_MS : BAD_FOR_MS) ? found : undefined;
};

/** What the answer depends on: a mended device is tried again at once. */
const circumstances = async ({ profile, versions }: AccelerationQuestion): Promise<string> => {
  const path = devicePath(profile);
  const device = path === undefined ? undefined : await stat(path).catch(() => undefined);
  return JSON.stringify([await bootId(), versions, device && [device.mode, device.uid, device.gid]]);
};

const probe = async (question: AccelerationQuestion): Promise<Acceleration> => {
  const { profile, capabilitiesXml, paths } = question;
  await mkdir(paths.probe, { recursive: true, mode: 0o711 });
  const diskPath = join(paths.probe, 'disk.raw');
  const host = hostCapabilities(capabilitiesXml, true);
  const plan = accelerationProbe(profile, host, diskPath, PROBE_UUID);
  if ('accelerated' in plan) return plan.accelerated ? plan : { ...plan, problem: await explain(question, notOffered) };
  await writeFile(diskPath, plan.disk, { mode: 0o644 });
  const failure = await runProbe(question.address, plan.xml, PROBE_UUID, question.signal, question.probeSeconds);
  return failure === undefined ? { accelerated: true } : { accelerated: false, problem: await explain(question, failure) };
};

const notOffered =
  "libvirt offers no hardware virtualization: switch it on in the machine's firmware, load the kernel's module, and restart libvirt.";

/** What can be seen at the device itself says more than how the probe failed. */
const explain = async ({ profile, capabilitiesXml }: AccelerationQuestion, failure: string): Promise<string> => {
  const path = devicePath(profile);
  const seen = path === undefined ? undefined : await deviceProblem(path, profile.domainType, capabilitiesXml);
  return seen === undefined ? failure : `${seen} (${failure})`;
};

const devicePath = (profile: Profile): string | undefined =>
  profile.enabledWhen.flatMap((evidence) => ('device' in evidence ? [evidence.device] : []))[0];
