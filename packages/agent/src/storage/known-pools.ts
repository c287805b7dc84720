import { isDeepStrictEqual } from 'node:util';
import { PeerError, type PoolReport } from '@virtstack/protocol';
import type { Logger } from 'pino';
import { readIfThere, writeAtomically } from '../system/files.ts';
import { unmountSource } from './mounts.ts';
import { type PoolPlace, WatchedPool } from './watched-pool.ts';

type Options = {
  readonly guid: string;
  readonly log: Logger;
  /** A pool can be used again, or no more. */
  readonly onChange: () => void;
};

/** The pools that this host was asked to prepare; kept in a file, so that they are mounted and reported after a restart. */
export class KnownPools {
  readonly #file: string;
  readonly #options: Options;
  readonly #pools: Map<string, WatchedPool>;
  /** Changes come one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(file: string, options: Options, places: readonly PoolPlace[]) {
    this.#file = file;
    this.#options = options;
    this.#pools = new Map(places.map((place) => [place.path, this.#watched(place)]));
  }

  static async open(file: string, options: Options): Promise<KnownPools> {
    const kept = JSON.parse((await readIfThere(file)) ?? '[]') as (string | PoolPlace)[];
    return new KnownPools(
      file,
      options,
      kept.map((one) => (typeof one === 'string' ? { path: one } : one)),
    );
  }

  /** Has a look at each, and at each again from time to time. */
  async watch(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.look()));
  }

  /** Answers what is seen of it now. One that cannot be used and has no source is not kept. @throws {PeerError} `storage-away` */
  async prepare(place: PoolPlace): Promise<PoolReport> {
    const pool = await this.#inTurn(() => this.#add(place));
    const report = await pool.look();
    if (report.problem === undefined || place.source) return report;
    throw new PeerError('storage-away', report.problem);
  }

  async #add(place: PoolPlace): Promise<WatchedPool> {
    const known = this.#pools.get(place.path);
    if (known && isDeepStrictEqual(known.place.source, place.source)) return known;
    await known?.stop();
    const pool = this.#watched(place);
    this.#pools.set(place.path, pool);
    await this.#save();
    return pool;
  }

  /** Forgets a pool; what was mounted for it is unmounted. @throws {PeerError} `in-use` */
  release(path: string): Promise<void> {
    return this.#inTurn(async () => {
      const pool = this.#pools.get(path);
      if (!pool) return;
      await pool.stop();
      try {
        if (pool.place.source) await unmountSource(path);
      } catch (error) {
        this.#pools.set(path, this.#watched(pool.place));
        throw error;
      }
      this.#pools.delete(path);
      await this.#save();
    });
  }

  /** @throws {PeerError} `storage-away`: nothing can be done in the pool in which this file or directory lies. */
  async requireReady(path: string): Promise<void> {
    for (const [place, pool] of this.#pools) if (path === place || path.startsWith(`${place}/`)) await pool.requireReady();
  }

  report(): Promise<PoolReport[]> {
    return Promise.all([...this.#pools.values()].map((pool) => pool.report()));
  }

  /** Looks no more; what is mounted stays. */
  close(): void {
    for (const pool of this.#pools.values()) void pool.stop();
  }

  #watched(place: PoolPlace): WatchedPool {
    const { guid, log, onChange } = this.#options;
    return new WatchedPool(place, {
      guid,
      onChange: (report) => {
        if (report.problem === undefined) log.info({ path: report.path }, 'a pool can be used again');
        else log.warn({ path: report.path, problem: report.problem }, 'a pool is lost');
        onChange();
      },
    });
  }

  #save(): Promise<void> {
    return writeAtomically(this.#file, JSON.stringify([...this.#pools.values()].map(({ place }) => place)));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}
