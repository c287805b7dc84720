import { appendFile, rm } from 'node:fs/promises';
import { replaceFile, tail } from '../system/files.ts';

/** A log that grows beyond this is cut; its last part stays. Bytes. */
const MAX_BYTES = 1_048_576;
const STAYS_BYTES = 524_288;

/** A console's log that the agent writes itself: bounded, for root alone. Only one may write to a path; calls must not overlap. */
export class KeptLog {
  readonly path: string;
  #size: number | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async append(bytes: Buffer): Promise<void> {
    this.#size ??= (await tail(this.path, MAX_BYTES)).length;
    await appendFile(this.path, bytes, { mode: 0o600 });
    this.#size += bytes.length;
    if (this.#size > MAX_BYTES) await this.#cut();
  }

  async clear(): Promise<void> {
    await rm(this.path, { force: true });
    this.#size = 0;
  }

  async #cut(): Promise<void> {
    const end = await tail(this.path, STAYS_BYTES);
    await replaceFile(this.path, end);
    this.#size = end.length;
  }
}
