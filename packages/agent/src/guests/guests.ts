import { VIR_DOMAIN_EVENT_ID_LIFECYCLE } from '@virtstack/libvirt';
import { type GuestReport, PeerError } from '@virtstack/protocol';
import type { Logger } from 'pino';
import type { Attachment } from '../attach.ts';
import { PROBE_UUID } from '../facts/acceleration.ts';
import { asReport, type Described, describe, describeDomain } from './describe.ts';

type Listener = (report: GuestReport) => void;

/**
 * What libvirt knows of the guests. An event is only the occasion to ask: nothing is concluded from it (one driver tells of a reboot's start
 * before it tells of its stop).
 */
export class Guests {
  readonly #log: Logger;
  readonly #listeners = new Set<Listener>();
  /** What was last known of a guest's name and owner, for the time when libvirt has forgotten it. */
  readonly #known = new Map<string, Pick<GuestReport, 'name' | 'ours'>>();
  /** Guests that are being asked for; true: something has happened since. */
  readonly #asking = new Map<string, boolean>();
  readonly #gathering = new Set<Set<string>>();
  #attachment: Attachment | undefined;
  #changes = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Counts the events that were heard; a report made at the same count is not outdated. */
  get changes(): number {
    return this.#changes;
  }

  /** Calls back with each guest that changed, until the returned function is called. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hears all events of this attachment from now on. */
  async follow(attachment: Attachment): Promise<void> {
    const events = attachment.queries.domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
    await events.ready;
    this.#attachment = attachment;
    this.#changes += 1;
    void this.#hear(attachment, events);
  }

  /** Asks for one guest. @throws {LibvirtError} */
  async ask(uuid: string): Promise<Described> {
    const found = await describe(this.#now.queries, uuid);
    return found.state === 'absent' || found.name === '' ? { ...found, ...this.#known.get(uuid) } : this.#remember(found);
  }

  /** All of them, none older than the last event that was heard. @throws {LibvirtError} */
  async report(): Promise<GuestReport[]> {
    const { queries, profile } = this.#now;
    const touched = new Set<string>();
    this.#gathering.add(touched);
    try {
      const domains = (await queries.domains.list()).filter((domain) => !(profile.controlDomain && domain.id === 0));
      const found = new Map<string, Described>();
      for (const each of await Promise.all(domains.map(describeDomain))) found.set(each.uuid, this.#remember(each));
      while (touched.size > 0) {
        const uuids = [...touched];
        touched.clear();
        for (const each of await Promise.all(uuids.map((uuid) => this.ask(uuid)))) found.set(each.uuid, each);
      }
      return [...found.values()].filter(({ uuid, state }) => state !== 'absent' && uuid !== PROBE_UUID).map(asReport);
    } finally {
      this.#gathering.delete(touched);
    }
  }

  get #now(): Attachment {
    if (this.#attachment) return this.#attachment;
    throw new PeerError('unavailable', 'libvirt does not answer on this host yet.');
  }

  async #hear(
    attachment: Attachment,
    events: AsyncIterable<{ readonly dom: { readonly uuid: string; readonly id: number } }>,
  ): Promise<void> {
    try {
      for await (const { dom } of events) if (!isAside(attachment, dom)) this.#happened(dom.uuid);
    } catch (error) {
      // Events that were lost are made good by attaching anew.
      this.#log.warn({ error: String(error) }, 'the events of libvirt ended');
      await attachment.close();
    }
  }

  #happened(uuid: string): void {
    this.#changes += 1;
    for (const touched of this.#gathering) touched.add(uuid);
    const asking = this.#asking.has(uuid);
    this.#asking.set(uuid, asking);
    if (!asking) void this.#tell(uuid);
  }

  /** Asks, and asks again as long as more has happened meanwhile; tells the last answer. */
  async #tell(uuid: string): Promise<void> {
    try {
      let report: GuestReport;
      do {
        this.#asking.set(uuid, false);
        report = asReport(await this.ask(uuid));
      } while (this.#asking.get(uuid));
      for (const listener of this.#listeners) listener(report);
      if (report.state === 'absent') this.#known.delete(uuid);
    } catch (error) {
      // The connection ended; the report after the next attachment tells it.
      this.#log.warn({ uuid, error: String(error) }, 'a guest that changed cannot be asked for');
    } finally {
      this.#asking.delete(uuid);
    }
  }

  #remember(found: Described): Described {
    const { uuid, name, ours } = found;
    if (found.state === 'unknown' && !ours) return { ...found, ...this.#known.get(uuid) };
    if (found.state !== 'absent') this.#known.set(uuid, { name, ours });
    return found;
  }
}

/** Not a guest: the host itself, or the agent's probe. */
const isAside = ({ profile }: Attachment, dom: { readonly uuid: string; readonly id: number }): boolean =>
  dom.uuid === PROBE_UUID || (profile.controlDomain && dom.id === 0);
