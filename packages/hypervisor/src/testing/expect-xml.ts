import assert from 'node:assert/strict';
import { type Declaration, format, type Value } from '@virtstack/libvirt/xml/declare.ts';
import { readXml } from '@virtstack/libvirt/xml/read.ts';
import type { Mode, Profile } from '../profile.ts';
import { type Answers, type AnswersByMode, answerOf, everyMode, profileNames, profiles } from './profiles.ts';

/** Asserts what a builder makes for each profile; indentation does not count. */
export function expectXml<D extends Declaration>(
  declared: D,
  make: (profile: Profile) => Value<D>,
  answers: Answers<string>,
): void {
  for (const name of profileNames) same(format(declared, make(profiles[name]) as never), answers[name], name);
}

/** The same for each mode of each profile. */
export function expectXmlByMode<D extends Declaration>(
  declared: D,
  make: (mode: Mode) => Value<D>,
  answers: AnswersByMode<string>,
): void {
  for (const { name, mode } of everyMode()) {
    same(format(declared, make(mode) as never), answerOf(answers, name, mode.name)!, `${name} ${mode.name}`);
  }
}

function same(made: string, expected: string, message: string): void {
  assert.deepEqual(readXml(made), readXml(expected), `${message} made\n${made}`);
}
