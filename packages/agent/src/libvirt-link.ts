import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect } from '@virtstack/libvirt';
import { PeerError } from '@virtstack/protocol';
import type { Logger } from 'pino';
import { type Attachment, attach } from './attach.ts';
import { backoff } from './backoff.ts';
import type { AgentConfig, Paths } from './config.ts';
import { Slots } from './slots.ts';

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;
/** Connections beside the two permanent ones: as many calls of ours may hang on guests that do not answer, of the daemon's 20 workers. */
const ASIDE = 8;

export type LinkOptions = {
  readonly config: AgentConfig;
  readonly paths: Paths;
  readonly log: Logger;
  /** Runs before the link counts as up: registers what must not miss anything. */
  readonly onAttach: (attachment: Attachment) => Promise<void>;
  readonly onUp: (attachment: Attachment) => void;
  readonly onDown: () => void;
};

/** The connections to this host's libvirt, made again whenever it goes away. */
export class LibvirtLink {
  readonly #options: LinkOptions;
  readonly #stop = new AbortController();
  readonly #aside = new Slots(ASIDE);
  #attachment: Attachment | undefined;
  #up = Promise.withResolvers<Attachment>();
  #failures = 0;
  #trouble = 'it was not asked yet';

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** @throws {PeerError} `unavailable` while libvirt is away. */
  get now(): Attachment {
    if (this.#attachment) return this.#attachment;
    throw new PeerError('unavailable', `libvirt does not answer on this host: ${this.#trouble}`);
  }

  /** Waits until libvirt answers. */
  whenUp(signal: AbortSignal): Promise<Attachment> {
    if (this.#attachment) return Promise.resolve(this.#attachment);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      void this.#up.promise.then(resolve);
    });
  }

  /** Gives a call that may hang on a guest a connection of its own, which nothing else waits for. */
  aside<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#aside.use(async () => {
      const connection = await connect(this.now.address);
      try {
        return await work(connection);
      } finally {
        await connection.close();
      }
    });
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#hold();
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : String(error);
        if (!signal.aborted) this.#options.log.warn({ error: this.#trouble }, 'waiting for libvirt');
      }
      await sleep(backoff(this.#failures++, FIRST_RETRY_MS, LONGEST_RETRY_MS), undefined, { signal }).catch(() => {});
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('The agent stops.'));
    await this.#attachment?.close();
  }

  async #hold(): Promise<void> {
    const attachment = await attach({ ...this.#options, signal: this.#stop.signal });
    try {
      await this.#options.onAttach(attachment);
      this.#attachment = attachment;
      this.#failures = 0;
      this.#options.log.info({ uri: attachment.address.uri, libvirt: attachment.versions.libvirt }, 'libvirt answers');
      this.#up.resolve(attachment);
      this.#options.onUp(attachment);
      const reason = await attachment.ended;
      if (reason) throw reason;
    } finally {
      if (this.#attachment) {
        this.#attachment = undefined;
        this.#up = Promise.withResolvers();
        this.#options.onDown();
      }
      await attachment.close();
    }
  }
}
