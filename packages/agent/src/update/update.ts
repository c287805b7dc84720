import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OfferedProgram, type OwnProgram, PeerError } from '@virtstack/protocol';
import type { Logger } from 'pino';
import type { AgentConfig } from '../config.ts';
import type { ServerTls } from '../server-tls.ts';
import { exists, writeAtomically } from '../system/files.ts';
import { run } from '../system/run.ts';
import { fetchProgram } from './fetch-program.ts';
import { failedOf, filesOf, ownPlace, replace, sha512Of, writeFailed } from './state.ts';

export type UpdateOptions = {
  readonly config: Pick<AgentConfig, 'server' | 'program'>;
  /** Where it remembers what was tried in vain. */
  readonly file: string;
  readonly tls: () => Promise<ServerTls>;
  /** Whether no order is under way, and no guest moves. */
  readonly quiet: () => Promise<boolean>;
  /** Ends this process; the starter begins with what is in place then. */
  readonly restart: () => void;
  readonly log: Logger;
};

const SELF_TEST_MS = 60_000;
/** How often it is looked whether nothing is under way that a restart would cut off. */
const QUIET_MS = 2000;
/** After a program could not be fetched. All hosts of a cloud are offered it at the same time, and the server gives it to some at a time. */
const [SOONEST_MS, LATEST_MS] = [30_000, 300_000];
/** What says of a conversation that failed that it was the network's fault, and not the program's. */
const NETWORK = ['disconnected', 'timeout', 'aborted'];

type Own = { readonly place: string; readonly sha512: string };

/** The agent replaces itself by what its server offers. That a new one reaches the server is the starter's matter. */
export class Update {
  readonly #options: UpdateOptions;
  /** Absent: this program is not the server's to replace. */
  readonly #own: Own | undefined;
  readonly #stop = new AbortController();
  #again: NodeJS.Timeout | undefined;
  #busy = false;

  private constructor(options: UpdateOptions, own: Own | undefined) {
    this.#options = options;
    this.#own = own;
  }

  static async open(options: UpdateOptions): Promise<Update> {
    const place = await ownPlace(options.config);
    return new Update(options, place === undefined ? undefined : { place, sha512: await sha512Of(place) });
  }

  /** For the hello. */
  async told(): Promise<OwnProgram | undefined> {
    if (!this.#own) return undefined;
    return { sha512: this.#own.sha512, failed: await failedOf(this.#options.file, this.#own.place) };
  }

  /** The server took this program's hello: it is the one from now on, until another is offered. */
  async welcomed(offer: OfferedProgram | undefined): Promise<void> {
    clearTimeout(this.#again);
    if (!this.#own) return;
    const { place, sha512 } = this.#own;
    const { trial } = filesOf(place);
    try {
      if (await exists(trial)) this.#options.log.info({ sha512 }, 'the new agent is in place');
      await rm(trial, { force: true });
      if (!offer || offer.sha512 === sha512) return;
      const failed = await failedOf(this.#options.file, place);
      if (!failed.some((each) => each.sha512 === offer.sha512)) await this.#become(place, offer);
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'the agent could not see to its own program');
    }
  }

  /** No conversation came about. A program that got as far as to find no server is not to blame. */
  async failed(error: unknown): Promise<void> {
    if (!this.#own) return;
    const refused = error instanceof PeerError ? !NETWORK.includes(error.kind) : /server response: /.test(String(error));
    const { trial } = filesOf(this.#own.place);
    if (!refused && (await exists(trial))) await writeAtomically(trial, '0\n', 0o644).catch(() => {});
  }

  stop(): void {
    clearTimeout(this.#again);
    this.#stop.abort(new Error('The agent stops.'));
  }

  async #become(place: string, offer: OfferedProgram): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const { log, restart, config, tls } = this.#options;
    const { signal } = this.#stop;
    const { next } = filesOf(place);
    try {
      log.info({ version: offer.version, sha512: offer.sha512 }, 'the server offers another agent');
      await fetchProgram(config.server, offer, await tls(), next, signal);
      if (!(await this.#starts(place, next, offer.sha512))) return;
      while (!(await this.#options.quiet())) await sleep(QUIET_MS, undefined, { signal });
      await replace(place);
      restart();
    } catch (error) {
      if (!signal.aborted) this.#later(place, offer, error);
    } finally {
      this.#busy = false;
      await rm(next, { force: true }).catch(() => {});
    }
  }

  #later(place: string, offer: OfferedProgram, error: unknown): void {
    const afterMs = Math.round(SOONEST_MS + Math.random() * (LATEST_MS - SOONEST_MS));
    this.#options.log.warn({ error: String(error), afterMs }, 'the agent was not updated; it tries again');
    this.#again = setTimeout(() => void this.#become(place, offer), afterMs).unref();
  }

  /** Runs as far as it does without a host, with the Node that is here. */
  async #starts(place: string, next: string, sha512: string): Promise<boolean> {
    const problem = await selfTest(next);
    if (problem === undefined) return true;
    const { file, log } = this.#options;
    const words = `It does not start on this host (Node ${process.versions.node}): ${problem}`;
    log.error({ sha512, words }, 'the agent that the server offers is not taken');
    await writeFailed(file, [...(await failedOf(file, place)), { sha512, words }]);
    return false;
  }
}

/** Why a program does not start, in its words. */
async function selfTest(program: string): Promise<string | undefined> {
  try {
    const said = (await run([process.execPath, program, 'version'], { timeoutMs: SELF_TEST_MS })).trim();
    return /^\d+\.\d+\.\d+/.test(said) ? undefined : `asked for its version it says ${JSON.stringify(said.slice(0, 200))}.`;
  } catch (error) {
    return error instanceof PeerError ? (error.detail ?? error.message) : String(error);
  }
}
