import { PeerError } from '@virtstack/protocol';
import { readIfThere, writeAtomically } from './system/files.ts';

const LIMIT = 10_000;

/** The highest epoch seen of each object: an order of a job run that has been taken over is refused, even after a restart of the agent. */
export class Epochs {
  readonly #file: string;
  readonly #seen: Map<string, number>;
  #dirty = false;
  #saving: Promise<void> | undefined;

  private constructor(file: string, seen: ReadonlyMap<string, number>) {
    this.#file = file;
    this.#seen = new Map(seen);
  }

  static async open(file: string): Promise<Epochs> {
    const text = await readIfThere(file);
    return new Epochs(file, new Map(Object.entries(JSON.parse(text ?? '{}') as Record<string, number>)));
  }

  /** Whether an order for this object ever came: it is the cloud's. */
  has(id: string): boolean {
    return this.#seen.has(id);
  }

  /** @throws {PeerError} `stale-epoch` */
  check(id: string, epoch: number): void {
    const seen = this.#seen.get(id) ?? 0;
    if (epoch < seen)
      throw new PeerError(
        'stale-epoch',
        `The order's epoch ${epoch} is older than ${seen}, which was seen for ${id}: another run has taken over.`,
      );
  }

  /** Checks and remembers; answers when it is on the disk. */
  async accept(id: string, epoch: number): Promise<void> {
    this.check(id, epoch);
    this.see(id, epoch);
    while (this.#dirty) await this.#save();
    await this.#saving;
  }

  /** Remembers an epoch that was found elsewhere (a domain's metadata). */
  see(id: string, epoch: number): void {
    const before = this.#seen.get(id);
    const highest = Math.max(epoch, before ?? 0);
    if (highest !== before) this.#dirty = true;
    // Last in the order of what is kept longest.
    this.#seen.delete(id);
    this.#seen.set(id, highest);
    if (this.#seen.size > LIMIT) this.#seen.delete(this.#seen.keys().next().value!);
  }

  /** One write at a time; what comes meanwhile goes along with the next. */
  #save(): Promise<void> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  async #write(): Promise<void> {
    this.#dirty = false;
    try {
      await writeAtomically(this.#file, JSON.stringify(Object.fromEntries(this.#seen)));
    } catch (error) {
      this.#dirty = true;
      throw error;
    }
  }
}
