import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isInvalidState, isNotFound } from '@virtstack/libvirt';
import type { Logger } from 'pino';
import { backoff } from '../backoff.ts';
import { tail } from '../system/files.ts';
import type { KeptLog } from './kept-log.ts';
import { hand } from './viewer.ts';

/** So that the boot can be read. */
const HISTORY_BYTES = 65_536;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 4_000;

export type RoomOptions = {
  /** Opens the guest's console; rejects while another program of the host has it. */
  readonly open: () => Promise<Duplex>;
  /** Where libvirt's driver writes what the guest says, if it does. */
  readonly driverLog: string;
  /** Where it is written here, while the room is kept. */
  readonly keptLog: KeptLog;
  readonly log: Logger;
};

/**
 * A guest's text console. libvirt gives it to one client; here it is shared: all who are in see what the guest says, all may type. It is taken from
 * nobody: while another program of the host has it, the room waits.
 */
export class Room {
  readonly #options: RoomOptions;
  readonly #viewers = new Set<Duplex>();
  /** Those who have been told the history: what is said now comes after it. */
  readonly #listening = new Set<Duplex>();
  #kept = false;
  #stream: Duplex | undefined;
  #running = false;
  #tried = Promise.withResolvers<void>();
  #pause = new AbortController();
  #order: Promise<unknown> = Promise.resolve();
  #trouble = '';

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  get empty(): boolean {
    return !this.#kept && this.#viewers.size === 0;
  }

  /** Holds the console with or without viewers, and writes down what the guest says. */
  keep(): void {
    this.#kept = true;
    this.#start();
  }

  /** Begins the kept log anew: another run of the guest has begun. */
  forget(): Promise<void> {
    return this.#inOrder(() => this.#options.keptLog.clear());
  }

  /** Lets a viewer in: it is given what was said before, then what is said. It leaves when it closes. */
  async enter(viewer: Duplex): Promise<void> {
    viewer.on('error', (error) => this.#options.log.debug({ error: String(error) }, 'a viewer of a console broke'));
    viewer.once('close', () => this.#leave(viewer));
    this.#viewers.add(viewer);
    this.#start();
    // The stream first, the history then: what is said in between is seen twice rather than never.
    await this.#tried.promise;
    await this.#inOrder(async () => {
      viewer.write(await this.#history());
      if (this.#trouble) viewer.write(this.#trouble);
      if (this.#viewers.has(viewer)) this.#listening.add(viewer);
    });
    viewer.on('data', (bytes: Buffer) => this.#type(viewer, bytes));
  }

  /** The guest is down, or the agent stops: all leave, and the console is let go. */
  close(): void {
    this.#kept = false;
    this.#showOut();
    this.#letGo();
  }

  #leave(viewer: Duplex): void {
    this.#viewers.delete(viewer);
    this.#listening.delete(viewer);
    if (this.empty) this.#letGo();
  }

  #showOut(): void {
    for (const viewer of this.#viewers) viewer.end();
  }

  #letGo(): void {
    this.#stream?.destroy();
    this.#pause.abort();
  }

  #start(): void {
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#tried = Promise.withResolvers();
    for (let failures = 0; !this.empty; failures += 1) {
      if (await this.#hold()) failures = 0;
      this.#pause = new AbortController();
      const { signal } = this.#pause;
      if (!this.empty) await sleep(backoff(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS), undefined, { signal }).catch(() => {});
    }
    this.#running = false;
  }

  /** Opens the console and listens until it ends; false: it could not be opened. */
  async #hold(): Promise<boolean> {
    try {
      const stream = await this.#options.open();
      this.#stream = stream;
      this.#trouble = '';
      this.#tried.resolve();
      if (this.empty) stream.destroy();
      await this.#listen(stream);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    } finally {
      this.#stream = undefined;
      this.#tried.resolve();
    }
  }

  async #listen(stream: Duplex): Promise<void> {
    try {
      for await (const bytes of stream) await this.#inOrder(() => this.#heard(bytes as Buffer));
    } catch (error) {
      // Taken by another, the guest's end, libvirt's: trying again tells.
      this.#options.log.debug({ error: String(error) }, 'a console ended');
    }
  }

  async #heard(bytes: Buffer): Promise<void> {
    if (this.#kept) await this.#write(bytes);
    for (const viewer of this.#listening) await hand(viewer, bytes);
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      await this.#options.keptLog.append(bytes);
    } catch (error) {
      // A full disk must not keep the viewers from seeing.
      this.#options.log.warn({ error: String(error) }, 'a console could not be written down');
    }
  }

  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.log.debug({ error: message }, 'a console could not be opened');
    if (isInvalidState(error) || isNotFound(error)) this.#showOut();
    else this.#warn(message);
  }

  #warn(message: string): void {
    const trouble = `\r\n[The console cannot be shown now: ${message}. It is shown as soon as it is free.]\r\n`;
    if (trouble !== this.#trouble) for (const viewer of this.#listening) viewer.write(trouble);
    this.#trouble = trouble;
  }

  #type(viewer: Duplex, bytes: Buffer): void {
    const stream = this.#stream;
    if (!stream || stream.destroyed || stream.write(bytes)) return;
    viewer.pause();
    const goOn = (): void => {
      stream.off('drain', goOn).off('close', goOn);
      viewer.resume();
    };
    stream.once('drain', goOn).once('close', goOn);
  }

  async #history(): Promise<Buffer> {
    const { driverLog, keptLog } = this.#options;
    return tail(this.#kept ? keptLog.path : driverLog, HISTORY_BYTES);
  }

  /** One thing after another: the log, the history and what is said now stay one text. */
  #inOrder(act: () => Promise<void>): Promise<void> {
    const done = this.#order.then(act);
    this.#order = done.catch(() => {});
    return done;
  }
}
