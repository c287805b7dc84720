import { readFileSync } from 'node:fs';
import type { VirtualizationMode } from '../guest.ts';
import { type HostCapabilities, hostCapabilities } from '../host.ts';
import { kvm } from '../kvm.ts';
import type { Mode, Profile } from '../profile.ts';
import { xen } from '../xen.ts';
import { test } from './test-driver.ts';

/** What every test goes through; one that is added here must be answered in each of them before it compiles. */
export const profiles = { kvm, xen, test };
export type ProfileName = keyof typeof profiles;
type Profiles = typeof profiles;

/** One answer for each profile, or for each of its modes. */
export type Answers<T> = { readonly [N in ProfileName]: T };
export type AnswersByMode<T> = { readonly [N in ProfileName]: { readonly [M in Profiles[N]['modes'][number]['name']]: T } };

export const profileNames = Object.keys(profiles) as ProfileName[];

const testdata = new URL('../../testdata/', import.meta.url);
export const golden = new URL('golden/', testdata);

/** A host of this profile, from what a real libvirt said of itself. */
export const hostOf = (name: ProfileName, accelerated = true): HostCapabilities =>
  hostCapabilities(readFileSync(new URL(`capabilities/${name}.xml`, testdata), 'utf8'), accelerated);

/** Every profile in every mode. */
export const everyMode = (): { name: ProfileName; profile: Profile; mode: Mode }[] =>
  profileNames.flatMap((name) => profiles[name].modes.map((mode) => ({ name, profile: profiles[name], mode })));

export const answerOf = <T>(answers: AnswersByMode<T>, name: ProfileName, mode: VirtualizationMode): T | undefined =>
  (answers[name] as Partial<Record<VirtualizationMode, T>>)[mode];
