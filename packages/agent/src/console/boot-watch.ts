import { stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Described } from '../guests/describe.ts';
import { isActive } from '../guests/state.ts';
import { hasErrno, tail } from '../system/files.ts';
import { findBootProblem, type Modes, showsLife } from './boot-problems.ts';
import { plainText } from './plain-text.ts';

const LOOK_MS = 2_000;
const TAIL_BYTES = 65_536;
/** For so long after its start a guest is watched; longer only where it has a problem. */
const WATCH_MS = 10 * 60_000;
/** A guest that reboots again and again shows life in between: so long it must, until its problem is over. */
const OVER_MS = 60_000;

type Watched = {
  readonly run: number;
  readonly until: number;
  problem?: string | undefined;
  aliveSince?: number | undefined;
  /** The file as it was when it was read last. */
  read?: string;
};

export type BootWatchOptions = {
  /** The file with what a guest said in this run. */
  readonly logOf: (uuid: string) => Promise<string>;
  readonly modesOf: (uuid: string) => Promise<Modes>;
  /** A guest has a problem, or none any more. */
  readonly onChange: (uuid: string) => void;
  readonly log: Logger;
};

/** Reads what guests write on their consoles while they boot: one that stands in its boot loader runs for libvirt and for nobody else. */
export class BootWatch {
  readonly #options: BootWatchOptions;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: BootWatchOptions) {
    this.#options = options;
  }

  /** Why the guest does not boot, in this run; undefined: nothing is known against it. */
  problem(uuid: string): string | undefined {
    return this.#watched.get(uuid)?.problem;
  }

  /** Takes note of how a guest is, and looks at what it said so far. */
  async notice({ uuid, state, ours, run, reason }: Described): Promise<void> {
    if (!isActive(state)) return void this.#watched.delete(uuid);
    // It booted on another host.
    if (reason === 'migrated' && run !== undefined) return void this.#watched.set(uuid, { run, until: 0 });
    if (!ours || run === undefined || this.#watched.get(uuid)?.run === run) return;
    const watched = { run, until: Date.now() + WATCH_MS };
    this.#watched.set(uuid, watched);
    this.#timer ??= setInterval(() => void this.#lookAtAll(), LOOK_MS).unref();
    await this.#look(uuid, watched);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #lookAtAll(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    for (const [uuid, watched] of this.#watched)
      if (watched.problem !== undefined || Date.now() < watched.until) await this.#look(uuid, watched);
    this.#looking = false;
  }

  async #look(uuid: string, watched: Watched): Promise<void> {
    const before = watched.problem;
    try {
      await this.#judge(uuid, watched);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT'))
        this.#options.log.warn({ uuid, error: String(error) }, 'what a guest said on its console could not be read');
    }
    if (watched.problem === before || this.#watched.get(uuid) !== watched) return;
    this.#options.log.info({ uuid, problem: watched.problem ?? 'none any more' }, 'how a guest boots');
    this.#options.onChange(uuid);
  }

  async #judge(uuid: string, watched: Watched): Promise<void> {
    const path = await this.#options.logOf(uuid);
    const { mtimeMs, size } = await stat(path);
    if (watched.aliveSince !== undefined && Date.now() - watched.aliveSince > OVER_MS) watched.problem = undefined;
    const quietMs = Date.now() - mtimeMs;
    // Read again when more was said, and when it has been quiet for longer than any problem asks for.
    const state = `${mtimeMs} ${size} ${quietMs > SETTLED_MS}`;
    if (size === 0 || (watched.read === state && quietMs > SETTLED_MS)) return;
    watched.read = state;
    const text = plainText(await tail(path, TAIL_BYTES));
    const found = findBootProblem(text, quietMs);
    if (found) watched.problem = found(await this.#options.modesOf(uuid).catch(() => ({ now: undefined, others: [] })));
    const alive = found === undefined && showsLife(text);
    watched.aliveSince = alive ? (watched.aliveSince ?? Date.now()) : undefined;
  }
}

/** After so long in quiet a text is judged for good, ms. */
const SETTLED_MS = 30_000;
