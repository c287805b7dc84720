import { mkdir, stat } from 'node:fs/promises';
import { z } from 'zod';
import { readIfThere, writeAtomically } from '../system/files.ts';
import { places } from './places.ts';
import { unitState } from './units.ts';

const unitBefore = z.object({ loaded: z.boolean(), enabled: z.boolean(), active: z.boolean() });
const fileBefore = z.object({ text: z.string(), mode: z.number() }).nullable();

/** What the host was before it was changed, and which changes have come to their end. */
const found = z.object({
  hypervisor: z.string().optional(),
  /** Packages that were not there. */
  packages: z.array(z.string()),
  /** By path; null where there was none. */
  files: z.record(z.string(), fileBefore),
  units: z.record(z.string(), unitBefore),
  /** What was written here has been taken notice of by those who read it. */
  applied: z.array(z.string()),
});
export type Found = z.infer<typeof found>;

const nothing: Found = { packages: [], files: {}, units: {}, applied: [] };

/** What is kept of a host for `leave`. Each `remember` looks once and is on the disk when it answers: to be called before the change. */
export type Findings = {
  readonly now: Found;
  begin(hypervisor: string): Promise<void>;
  rememberFile(path: string): Promise<void>;
  rememberUnit(name: string): Promise<void>;
  rememberPackages(missing: readonly string[]): Promise<void>;
  applied(what: string, yes: boolean): Promise<void>;
};

/** What earlier runs remembered, or nothing. @throws {Error} the file is damaged. */
export const openFindings = async (): Promise<Findings> => {
  const text = await readIfThere(places.found);
  let now = text === undefined ? nothing : found.parse(JSON.parse(text));
  const keep = async (more: Partial<Found>): Promise<void> => {
    now = { ...now, ...more };
    await writeAtomically(places.found, JSON.stringify(now, undefined, 2));
  };
  return {
    get now() {
      return now;
    },
    begin: async (hypervisor) => {
      // Those who run guests pass through to their seeds and sockets.
      await mkdir(places.data, { recursive: true, mode: 0o711 });
      await keep({ hypervisor });
    },
    rememberFile: async (path) => {
      if (!(path in now.files)) await keep({ files: { ...now.files, [path]: await fileNow(path) } });
    },
    rememberUnit: async (name) => {
      if (!(name in now.units)) await keep({ units: { ...now.units, [name]: await unitState(name) } });
    },
    rememberPackages: (missing) => keep({ packages: [...new Set([...now.packages, ...missing])] }),
    applied: (what, yes) => keep({ applied: [...now.applied.filter((each) => each !== what), ...(yes ? [what] : [])] }),
  };
};

const fileNow = async (path: string): Promise<z.infer<typeof fileBefore>> => {
  const text = await readIfThere(path);
  return text === undefined ? null : { text, mode: (await stat(path)).mode & 0o7777 };
};
