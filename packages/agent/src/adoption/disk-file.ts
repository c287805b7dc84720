import { dirname, resolve } from 'node:path';
import { inspectImage } from '../storage/disk-image.ts';
import { run } from '../system/run.ts';

/** A file that a disk's document names, as it is on the host. */
export type DiskFile =
  | { readonly capacityBytes: number; readonly backing: readonly string[] }
  | { readonly backing: readonly []; readonly problem: string };

/** Storage may be away: nothing of ours waits for it longer. */
const LOOK_MS = 5_000;
const LONGEST_CHAIN = 32;

/** `format` is the document's: the first bytes of a raw disk are its guest's, and may claim anything. */
export const lookAtFile = async (path: string, format: string): Promise<DiskFile> => {
  try {
    const found = await statOf(path);
    if (!/^regular( empty)? file$/.test(found.kind)) return { backing: [], problem: `is a ${found.kind}` };
    if (format !== 'qcow2') return { capacityBytes: found.size, backing: [] };
    const { virtualSizeBytes } = await inspectImage(path);
    return { capacityBytes: virtualSizeBytes, backing: await chainBeneath(path) };
  } catch (error) {
    return { backing: [], problem: `cannot be read (${error instanceof Error ? error.message : String(error)})` };
  }
};

/** By a process of its own, with a limit: a question about a file whose server is away may never be answered. */
const statOf = async (path: string): Promise<{ size: number; kind: string }> => {
  const told = await run(['stat', '--dereference', '--format=%s %F', '--', path], { timeoutMs: LOOK_MS });
  const [, size, kind] = /^(\d+) (.*)$/.exec(told.trim())!;
  return { size: Number(size), kind: kind! };
};

/** What is no file (`json:…`, `nbd://…`) ends it; what is missing too. */
const chainBeneath = async (path: string): Promise<string[]> => {
  const chain: string[] = [];
  for (let above = path; chain.length < LONGEST_CHAIN; ) {
    const { backing } = await inspectImage(above);
    if (backing === undefined) return chain;
    if (/^[a-z][a-z0-9+.-]*:/.test(backing)) return [...chain, backing];
    above = resolve(dirname(above), backing);
    chain.push(above);
    if (!(await statOf(above).catch(() => undefined))?.kind.startsWith('regular')) return chain;
  }
  return chain;
};
