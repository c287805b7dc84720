import type { PoolReport } from '@virtstack/protocol';
import type { Logger } from 'pino';
import { readIfThere, writeAtomically } from '../system/files.ts';
import { poolReport } from './pool.ts';

/** The pools that this host was asked to prepare; kept in a file, so that a report is whole after a restart. */
export class KnownPools {
  readonly #file: string;
  readonly #log: Logger;
  readonly #paths: Set<string>;

  private constructor(file: string, log: Logger, paths: readonly string[]) {
    this.#file = file;
    this.#log = log;
    this.#paths = new Set(paths);
  }

  static async open(file: string, log: Logger): Promise<KnownPools> {
    return new KnownPools(file, log, JSON.parse((await readIfThere(file)) ?? '[]') as string[]);
  }

  async add(path: string): Promise<void> {
    if (this.#paths.has(path)) return;
    this.#paths.add(path);
    await writeAtomically(this.#file, JSON.stringify([...this.#paths]));
  }

  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** A pool that cannot be measured now (not mounted) is left out, and the log says so. */
  async report(): Promise<PoolReport[]> {
    const reports = [...this.#paths].map((path) =>
      poolReport(path).catch((error: unknown) => {
        this.#log.warn({ path, error }, 'a pool cannot be measured');
        return undefined;
      }),
    );
    return (await Promise.all(reports)).filter((report) => report !== undefined);
  }
}
