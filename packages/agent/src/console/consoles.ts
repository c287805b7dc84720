import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Paths } from '../config.ts';
import type { Described } from '../guests/describe.ts';
import { isActive } from '../guests/state.ts';
import { Slots } from '../slots.ts';
import { exists } from '../system/files.ts';
import { KeptLog } from './kept-log.ts';
import { Room } from './room.ts';

/** After libvirt's start all consoles are wanted at once; each is a connection of its own. */
const OPENED_AT_ONCE = 4;

export type ConsolesOptions = {
  readonly paths: Pick<Paths, 'consoleLog' | 'keptConsoleLog'>;
  /** Opens a guest's console, without taking it from anybody. */
  readonly open: (uuid: string) => Promise<Duplex>;
  readonly log: Logger;
};

/** The consoles of the guests that run here. Where a guest's driver writes no log of its console, it is held from the start and the log written here. */
export class Consoles {
  readonly #options: ConsolesOptions;
  readonly #rooms = new Map<string, Room>();
  /** The run (libvirt's id) in which a guest was seen last. */
  readonly #runs = new Map<string, number>();
  readonly #opening = new Slots(OPENED_AT_ONCE);

  constructor(options: ConsolesOptions) {
    this.#options = options;
  }

  /** Takes note of how a guest is; `found`: it ran before this agent did, so its log goes on. */
  async notice({ uuid, state, ours, run }: Described, found = false): Promise<void> {
    if (!isActive(state)) return this.#ended(uuid, state === 'absent');
    // One that was given back is nobody's business any more.
    if (!ours) return this.#ended(uuid, true);
    if (run === undefined) return;
    const another = this.#runs.get(uuid) !== run;
    this.#runs.set(uuid, run);
    // Whether a driver writes the log is seen by the file: it makes it before the guest's first word.
    if (await exists(this.#options.paths.consoleLog(uuid))) return;
    const room = this.#room(uuid);
    if (another && !found) await room.forget();
    room.keep();
  }

  /** Joins a viewer with a guest's console, until it closes or the guest is down. */
  enter(uuid: string, viewer: Duplex): Promise<void> {
    return this.#room(uuid).enter(viewer);
  }

  /** The file with what the guest has said in this run, whoever writes it. */
  async logOf(uuid: string): Promise<string> {
    const { consoleLog, keptConsoleLog } = this.#options.paths;
    return (await exists(consoleLog(uuid))) ? consoleLog(uuid) : keptConsoleLog(uuid);
  }

  /** Forgets a guest that is removed, and what it said. */
  async remove(uuid: string): Promise<void> {
    const { keptConsoleLog, consoleLog } = this.#options.paths;
    const room = this.#rooms.get(uuid);
    this.#ended(uuid, true);
    await room?.forget();
    const logs = [basename(keptConsoleLog(uuid)), basename(consoleLog(uuid))];
    const directory = dirname(consoleLog(uuid));
    // A log that grew long has earlier parts beside it: NAME.0, NAME.1.
    for (const name of await readdir(directory))
      if (logs.some((log) => name.startsWith(log))) await rm(join(directory, name), { force: true });
  }

  close(): void {
    for (const room of this.#rooms.values()) room.close();
  }

  #ended(uuid: string, gone: boolean): void {
    this.#runs.delete(uuid);
    this.#rooms.get(uuid)?.close();
    if (gone) this.#rooms.delete(uuid);
  }

  #room(uuid: string): Room {
    const { paths, open, log } = this.#options;
    const known = this.#rooms.get(uuid);
    if (known) return known;
    const room = new Room({
      open: () => this.#opening.use(() => open(uuid)),
      driverLog: paths.consoleLog(uuid),
      keptLog: new KeptLog(paths.keptConsoleLog(uuid)),
      log: log.child({ uuid }),
    });
    this.#rooms.set(uuid, room);
    return room;
  }
}
