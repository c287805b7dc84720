import type { X509Certificate } from 'node:crypto';
import { OLDEST_PROTOCOL, PROTOCOL_VERSION, serverMethods } from '@virtstack/protocol';
import { actions } from './actions/index.ts';
import type { Attachment } from './attach.ts';
import { hostFacts } from './facts/facts.ts';
import { asReport } from './guests/describe.ts';
import type { Host } from './host.ts';
import type { AskServer, Renewal } from './renewal/renewal.ts';
import type { Update } from './update/update.ts';
import { type Hello, Uplink, type Welcome } from './uplink.ts';
import { VERSION } from './version.ts';

const DEFAULT_REPORT_SECONDS = 60;
const LOOK_MS = 3_600_000;
/** A restart of libvirt takes less; one that is away for longer makes a host that nothing can be done with, and the server shall see it. */
const LIBVIRT_AWAY_MS = 60_000;

/** What the server is told: who we are, what changed, and from time to time everything. */
export class News {
  readonly #host: Host;
  readonly #uplink: Uplink;
  readonly #renewal: Renewal;
  readonly #update: Update;
  #reports: NodeJS.Timeout | undefined;
  #looks: NodeJS.Timeout | undefined;
  #away: NodeJS.Timeout | undefined;
  /** How many events the hello's report has taken in. */
  #told = -1;
  #attached = '';

  constructor(host: Host, renewal: Renewal, update: Update) {
    this.#host = host;
    this.#renewal = renewal;
    this.#update = update;
    this.#uplink = new Uplink({
      url: host.config.server,
      tls: host.tls,
      revive: (signal, certainly) => renewal.revive(signal, certainly),
      hello: (signal) => this.#hello(signal),
      onFailure: (error) => update.failed(error),
      answer: (peer) => {
        for (const action of actions) action.answer(peer, host);
      },
      onWelcome: (welcome) => this.#welcome(welcome),
      log: host.log,
    });
    host.guests.onChange((guest) => this.#uplink.notify(serverMethods.guestChanged, asReport(guest)));
  }

  /** Runs until `stop`. */
  run(): Promise<void> {
    return this.#uplink.run();
  }

  stop(): void {
    clearInterval(this.#reports);
    clearInterval(this.#looks);
    clearTimeout(this.#away);
    this.#uplink.stop();
  }

  /** A pool can be used again, or no more: what may run here has changed. */
  poolChanged(): void {
    void this.#reportAll();
  }

  /** libvirt answers: everything may have changed, even the host. */
  attached(attachment: Attachment): void {
    clearTimeout(this.#away);
    const { versions, acceleration, address } = attachment;
    const now = JSON.stringify([versions, acceleration, address.uri]);
    if (this.#attached !== '' && this.#attached !== now) this.#uplink.drop('the host is another than it was');
    else void this.#reportAll();
    this.#attached = now;
  }

  detached(): void {
    this.#away = setTimeout(() => this.#uplink.drop('libvirt does not answer'), LIBVIRT_AWAY_MS);
  }

  /** @throws {PeerError} the server's refusal, or that there is no connection */
  renewCertificate(): Promise<X509Certificate> {
    return this.#renewal.renew(this.#ask, true);
  }

  readonly #ask: AskServer = (method, params) => this.#uplink.call(method, params);

  async #hello(signal: AbortSignal): Promise<Hello> {
    const { libvirt, guests, config, report } = this.#host;
    const facts = await hostFacts(await libvirt.whenUp(signal), config);
    for (const problem of facts.tooOld) this.#host.log.error(problem);
    this.#told = guests.changes;
    const program = await this.#update.told();
    return {
      ...{ protocol: PROTOCOL_VERSION, oldest: OLDEST_PROTOCOL, version: VERSION, guid: config.guid },
      ...{ facts, report: await report(), ...(program && { program }) },
    };
  }

  #welcome({ reportSeconds, accepted, update }: Welcome): void {
    void this.#update.welcomed(update);
    clearInterval(this.#looks);
    if (accepted) this.#lookAtCertificate();
    clearInterval(this.#reports);
    this.#reports = setInterval(() => void this.#reportAll(), (reportSeconds || DEFAULT_REPORT_SECONDS) * 1000);
    // What happened between the making of the first report and its arrival was told to nobody.
    if (this.#host.guests.changes !== this.#told) void this.#reportAll();
  }

  #lookAtCertificate(): void {
    void this.#renewal.look(this.#ask);
    this.#looks = setInterval(() => void this.#renewal.look(this.#ask), LOOK_MS);
  }

  async #reportAll(): Promise<void> {
    if (!this.#uplink.connected) {
      // A hello may be on its way, whose report is of before: the welcome is answered with another.
      this.#told = -1;
      return;
    }
    try {
      this.#uplink.notify(serverMethods.report, await this.#host.report());
    } catch (error) {
      this.#host.log.warn({ error: String(error) }, 'no report could be made');
    }
  }
}
