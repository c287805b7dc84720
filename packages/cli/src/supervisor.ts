import type { ChildProcess } from 'node:child_process';
import { say } from '@virtstack/shell/say.ts';
import { type Part, type Places, startPart } from './part.ts';

const firstPause = 200;
const longestPause = 15_000;
/** A part that ran this long had started well; its next failure counts as a first one. */
const settled = 30_000;
const patience = 15_000;

/** Keeps parts running: what ends unasked is started again, ever more slowly. */
export class Supervisor {
  readonly #places: Places;
  readonly #running = new Map<string, ChildProcess>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #order: string[] = [];
  #stopping = false;

  constructor(places: Places) {
    this.#places = places;
  }

  /** Starts a part and goes on keeping it. */
  keep(part: Part): void {
    this.#order.push(part.name);
    this.#start(part, firstPause);
  }

  pids(): Record<string, number> {
    return Object.fromEntries([...this.#running].flatMap(([name, child]) => (child.pid ? [[name, child.pid]] : [])));
  }

  /** Asks the parts to end, the last one started first, each with its time to finish; then insists. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const name of this.#order.toReversed()) await end(this.#running.get(name));
  }

  #start(part: Part, pause: number): void {
    if (this.#stopping) return;
    const since = performance.now();
    const child = startPart(part, this.#places);
    this.#running.set(part.name, child);
    const again = (why: string): void => {
      if (this.#stopping || this.#running.get(part.name) !== child) return;
      this.#running.delete(part.name);
      const wait = performance.now() - since > settled ? firstPause : pause;
      say(`${part.name} ${why}; it starts again in ${wait / 1000} s (its words are in ${this.#places.log}/${part.name}.log)`);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#start(part, Math.min(wait * 2, longestPause));
      }, wait);
      this.#timers.add(timer);
    };
    child.once('error', (error) => again(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => again(signal ? `was ended by ${signal}` : `ended with code ${code}`));
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  await gone;
  clearTimeout(timer);
}
