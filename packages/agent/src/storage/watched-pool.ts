import { isDeepStrictEqual } from 'node:util';
import { PeerError, type PoolReport, type PoolSource } from '@virtstack/protocol';
import { sweepAbandoned, sweepPool } from './leftovers.ts';
import { measure } from './measure.ts';
import { mountedAt, mountSource, sourceName } from './mounts.ts';
import { makePool } from './pool.ts';

/** What is to be kept ready; `source`: what is mounted for it. */
export type PoolPlace = { readonly path: string; readonly source?: PoolSource };
export type PoolOptions = {
  /** Who this host is: what it left unfinished bears it. */
  readonly guid: string;
  /** It can be used again, or no more. */
  readonly onChange: (report: PoolReport) => void;
};

const EVERY_MS = 10_000;
const SWEEP_EVERY_MS = 6 * 3_600_000;

/** A pool that is looked at again and again: whoever asks is answered at once with what was seen last. One that is not mounted is mounted. */
export class WatchedPool {
  readonly place: PoolPlace;
  readonly #options: PoolOptions;
  #seen: PoolReport | undefined;
  #looking: Promise<PoolReport> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #made = false;
  #swept = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(place: PoolPlace, options: PoolOptions) {
    this.place = place;
    this.#options = options;
  }

  /** As it was seen last; the first look is waited for. */
  async report(): Promise<PoolReport> {
    return this.#seen ?? this.look();
  }

  /** @throws {PeerError} `storage-away`: nothing can be done in it now. */
  async requireReady(): Promise<void> {
    const { problem } = (await this.#isMounted()) ? await this.report() : await this.look();
    if (problem !== undefined) throw new PeerError('storage-away', problem);
  }

  /** Looks now; who comes while somebody looks is answered with him. */
  look(): Promise<PoolReport> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Looks no more; what is mounted stays. Resolves when the last look has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<PoolReport> {
    clearTimeout(this.#timer);
    const report = await this.#ask().catch((error: unknown) => ({
      ...{ path: this.place.path, capacityBytes: 0, usedBytes: 0 },
      problem: (error instanceof Error ? error.message : String(error)).slice(0, 2000),
    }));
    const before = this.#seen;
    this.#seen = report;
    if (!this.#stopped) this.#timer = setTimeout(() => void this.look(), EVERY_MS).unref();
    if (before && !isDeepStrictEqual(before.problem, report.problem)) this.#options.onChange(report);
    return report;
  }

  async #ask(): Promise<PoolReport> {
    const { path, source } = this.place;
    if (source && !(await this.#isMounted())) {
      const other = await mountedAt(path);
      if (other !== undefined)
        throw new PeerError('storage-away', `${other} is mounted at ${path}, which is for ${sourceName(source)}. Unmount it.`);
      await mountSource(path, source);
      this.#made = false;
    }
    if (!this.#made) await this.#make();
    const report = await measure(path);
    await this.#sweep();
    return report;
  }

  async #make(): Promise<void> {
    const { path, source } = this.place;
    // One that is mounted may hang at the first touch.
    if (source) await measure(path);
    await makePool(path);
    await sweepPool(path, this.#options.guid);
    this.#made = true;
  }

  async #sweep(): Promise<void> {
    const now = performance.now();
    if (now - this.#swept < SWEEP_EVERY_MS) return;
    this.#swept = now;
    // What stays takes room, and no more than that: a pool that is full, or read-only, is told by what is to be done in it.
    await sweepAbandoned(this.place.path, this.#options.guid).catch(() => {});
  }

  async #isMounted(): Promise<boolean> {
    const { path, source } = this.place;
    return source === undefined || (await mountedAt(path)) === sourceName(source);
  }
}
