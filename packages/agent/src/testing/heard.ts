/** Things that come one after another; a test waits for the next that is as wanted. */
export class Heard<T> {
  readonly all: T[] = [];
  readonly #waiting = new Set<() => void>();

  add(item: T): void {
    this.all.push(item);
    for (const wake of this.#waiting) wake();
  }

  /** The first that is wanted, of those after `from` (an index). @throws after `timeoutMs` with what did come. */
  async next(wanted: (item: T) => boolean = () => true, { from = this.all.length, timeoutMs = 10_000 } = {}): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.all.slice(from).find(wanted);
      if (found !== undefined) return found;
      if (deadline.aborted)
        throw new Error(`not heard within ${timeoutMs} ms; heard was: ${JSON.stringify(this.all.slice(from)).slice(0, 2000)}`);
      await this.#more(deadline);
    }
  }

  #more(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        deadline.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      deadline.addEventListener('abort', wake, { once: true });
    });
  }
}
