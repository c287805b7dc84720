import { rm } from 'node:fs/promises';
import { readIfThere, writeAtomically } from '../system/files.ts';
import { restored, withBlock } from './conf-block.ts';
import type { Findings } from './found.ts';

const NEW_MODE = 0o600;

/** Adds our lines to an admin's configuration file, after it was remembered. */
export const addLines = async (findings: Findings, path: string, lines: readonly string[]): Promise<void> => {
  await findings.rememberFile(path);
  const text = (await readIfThere(path)) ?? '';
  await writeAtomically(path, withBlock(text, lines), findings.now.files[path]?.mode ?? NEW_MODE);
};

/** Makes a file that was remembered what it was, without our lines; what others changed in it since stays. True: it was remembered. */
export const takeLinesBack = async ({ now }: Findings, path: string): Promise<boolean> => {
  const before = now.files[path];
  if (before === undefined) return false;
  const text = await readIfThere(path);
  if (text === undefined) return true;
  const left = restored(text, before?.text ?? '');
  if (left === '' && before === null) await rm(path, { force: true });
  else if (left !== text) await writeAtomically(path, left, before?.mode ?? NEW_MODE);
  return true;
};

/** Makes a file of our own what was there before it: nothing, as a rule. */
export const putBack = async ({ now }: Findings, path: string): Promise<void> => {
  const before = now.files[path];
  if (before) await writeAtomically(path, before.text, before.mode);
  else await rm(path, { force: true });
};
