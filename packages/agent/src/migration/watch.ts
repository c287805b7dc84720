import type { Domain } from '@virtstack/libvirt';
import { PeerError, type Progress } from '@virtstack/protocol';
import type { Logger } from 'pino';
import { jobOf, progressOf } from './job.ts';

const LOOK_MS = 1_000;
/** Nothing at all has been sent for so long: the other host is gone, or its disk is. */
const STALLED_MS = 120_000;
/** A guest whose memory was sent that many times over writes faster than it can be sent. */
const HOPELESS = 25;
/** How long a guest may stand still at the end, ms, when its memory was sent so many times over. libvirt begins with 300 ms. */
const downtimes = [
  { sent: 2, ms: 600 },
  { sent: 4, ms: 1_200 },
  { sent: 6, ms: 2_500 },
  { sent: 10, ms: 5_000 },
] as const;

export type WatchOptions = {
  readonly abortable: boolean;
  /** Nobody wants it any more. */
  readonly signal: AbortSignal;
  readonly progress: (p: Progress) => void;
  readonly log: Logger;
};

/** Looks after a guest that moves: tells how far it is, helps one that writes too fast, gives up what comes to nothing. */
export class MoveWatch {
  readonly #domain: Domain;
  readonly #options: WatchOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #abort = (): void => this.#giveUp(this.#options.signal.reason);
  #reason: unknown;
  #looking = false;
  #farthest = 0;
  #sent = 0;
  #movedAt = performance.now();
  #downtime = 0;

  constructor(domain: Domain, options: WatchOptions) {
    this.#domain = domain;
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    options.signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Why it was given up; undefined: it was not. */
  get reason(): unknown {
    return this.#reason;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#abort);
  }

  #giveUp(reason: unknown): void {
    if (!this.#options.abortable) return;
    this.#reason ??= reason;
    // Between its parts there is nothing that could be given up: each look tries again.
    this.#domain.abortJob().catch((error: unknown) => this.#options.log.debug({ error: String(error) }, 'not given up yet'));
  }

  async #look(): Promise<void> {
    if (this.#reason !== undefined) return this.#giveUp(this.#reason);
    if (this.#looking) return;
    this.#looking = true;
    try {
      const job = await jobOf(this.#domain);
      if (job && job.total > 0) await this.#judge(job);
    } catch (error) {
      this.#options.log.debug({ error: String(error) }, 'a guest that moves could not be asked for');
    } finally {
      this.#looking = false;
    }
  }

  async #judge(job: NonNullable<Awaited<ReturnType<typeof jobOf>>>): Promise<void> {
    const now = performance.now();
    if (job.sent !== this.#sent) this.#movedAt = now;
    this.#sent = job.sent;
    this.#farthest = Math.max(this.#farthest, progressOf(job)?.done ?? 0);
    this.#options.progress({ done: this.#farthest, total: job.total });
    const passes = job.sent / job.total;
    if (passes >= HOPELESS) return this.#giveUp(new PeerError('not-moved', hopeless));
    if (now - this.#movedAt > STALLED_MS) return this.#giveUp(new PeerError('not-moved', stalled));
    const wanted = downtimes.findLast(({ sent }) => passes >= sent)?.ms ?? 0;
    if (wanted <= this.#downtime) return;
    this.#downtime = wanted;
    await this.#domain.setMigrationDowntime(BigInt(wanted));
  }
}

const hopeless = `The guest did not move: its memory was sent ${HOPELESS} times over, and it writes faster than it can be sent. It runs on here. Move it when it has less to do, or stop it and start it there.`;
const stalled = `The guest did not move: nothing was sent for ${STALLED_MS / 1000} s. It runs on here. Look after the other host, and the network between both.`;
