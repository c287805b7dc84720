import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, type Domain, VIR_DOMAIN_EVENT_ID_LIFECYCLE } from '@virtstack/libvirt';
import { type GuestReport, PeerError } from '@virtstack/protocol';
import type { Logger } from 'pino';
import type { Attachment } from '../attach.ts';
import { PROBE_UUID } from '../facts/acceleration.ts';
import { Slots } from '../slots.ts';
import { type Described, describe, describeDomain } from './describe.ts';
import { isActive } from './state.ts';

type Listener = (guest: Described) => void;

/** How long a question waits for a guest that libvirt holds, ms. */
const HELD_MS = 3_000;
/** A list takes milliseconds; it takes as long as the slowest guest where a driver holds one. */
const LIST_MS = 3_000;
/** Guests that are asked for at the same time: each is three of the five calls that a connection takes. */
const ASKED_AT_ONCE = 3;

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
  /** Guests about which libvirt may answer nothing until this has ended; true: somebody was put off. */
  readonly #held = new Map<string, { readonly ended: Promise<void>; putOff: boolean }>();
  readonly #bootProblem: (uuid: string) => string | undefined;
  #attachment: Attachment | undefined;
  #listHangs = false;
  #listed = false;
  #changes = 0;

  /** `bootProblem`: why a guest that runs does not boot. */
  constructor(log: Logger, bootProblem: (uuid: string) => string | undefined = () => undefined) {
    this.#log = log;
    this.#bootProblem = bootProblem;
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
    this.#listHangs = false;
    this.#changes += 1;
    void this.#hear(attachment, events);
  }

  /** Asks for one guest. @throws {LibvirtError} */
  async ask(uuid: string): Promise<Described> {
    const found = (await this.#isHeld(uuid)) ? heldBack(uuid) : await describe(this.now.queries, uuid);
    return found.state === 'absent' || found.name === '' ? { ...found, ...this.#known.get(uuid) } : this.#remember(found);
  }

  /** Asks anew for a guest of which something else than libvirt has news, and tells all who listen. */
  refresh(uuid: string): void {
    this.#happened(uuid);
  }

  /**
   * While `work` goes on nobody asks libvirt about this guest: one driver keeps every question about a guest waiting, and every list, for as long as the
   * guest takes to hear a request (60 s where it does not), and five calls that wait are all that a connection takes.
   */
  async hold<T>(uuid: string, work: Promise<T>): Promise<T> {
    const hold = {
      ended: work.then(
        () => {},
        () => {},
      ),
      putOff: false,
    };
    this.#held.set(uuid, hold);
    try {
      return await work;
    } finally {
      if (this.#held.get(uuid) === hold) this.#held.delete(uuid);
      if (hold.putOff) this.#happened(uuid);
    }
  }

  /** All of them, none older than the last event that was heard. @throws {LibvirtError} */
  async report(): Promise<Described[]> {
    const touched = new Set<string>();
    this.#gathering.add(touched);
    try {
      const found = new Map((await this.#all()).map((each) => [each.uuid, each]));
      while (touched.size > 0) {
        const uuids = [...touched];
        touched.clear();
        for (const each of await Promise.all(uuids.map((uuid) => this.ask(uuid)))) found.set(each.uuid, each);
      }
      return [...found.values()].filter(({ uuid, state }) => state !== 'absent' && uuid !== PROBE_UUID);
    } finally {
      this.#gathering.delete(touched);
    }
  }

  async #all(): Promise<Described[]> {
    const slots = new Slots(ASKED_AT_ONCE);
    const domains = await this.#list();
    if (!domains) return Promise.all([...this.#known.keys()].map((uuid) => slots.use(() => this.ask(uuid))));
    return Promise.all(domains.map((domain) => slots.use(async () => this.#remember(await describeDomain(domain)))));
  }

  /** Undefined: libvirt does not list them now; there are those that are known, and of others the events tell. */
  async #list(): Promise<Domain[] | undefined> {
    const { queries, profile } = this.now;
    const waits = await Promise.all([...this.#held.keys()].map((uuid) => this.#isHeld(uuid)));
    const found = waits.includes(true) || this.#listHangs ? undefined : await this.#listWithin(queries, LIST_MS);
    this.#listed ||= found !== undefined;
    if (!this.#listed) throw new PeerError('unavailable', 'libvirt does not list the domains of this host.');
    return found?.filter((domain) => !(profile.controlDomain && domain.id === 0));
  }

  /** A list that hangs is not asked for a second time beside it. */
  async #listWithin(connection: Connection, ms: number): Promise<Domain[] | undefined> {
    const list = connection.domains.list(0, { timeoutMs: 0 });
    const domains = await Promise.race([list, sleep(ms, undefined, { ref: false })]);
    if (domains) return domains;
    this.#listHangs = true;
    const answered = (): void => {
      this.#listHangs = false;
    };
    list.then(answered, answered);
    return undefined;
  }

  /** Waits a moment until the guest may be asked for; true: it still may not. */
  async #isHeld(uuid: string): Promise<boolean> {
    const hold = this.#held.get(uuid);
    if (!hold) return false;
    const waits = await Promise.race([hold.ended.then(() => false), sleep(HELD_MS, true, { ref: false })]);
    hold.putOff ||= waits;
    return waits;
  }

  /** What libvirt answers through; closed while it is away. @throws {PeerError} `unavailable`: it never answered. */
  get now(): Attachment {
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
      let guest: Described;
      do {
        this.#asking.set(uuid, false);
        guest = await this.ask(uuid);
      } while (this.#asking.get(uuid));
      for (const listener of this.#listeners) listener(guest);
      if (guest.state === 'absent') this.#known.delete(uuid);
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
    if (found.state === 'absent') return found;
    this.#known.set(uuid, { name, ours });
    const bootProblem = isActive(found.state) ? this.#bootProblem(uuid) : undefined;
    return { ...found, ...(bootProblem !== undefined && { bootProblem }) };
  }
}

const heldBack = (uuid: string): Described => ({
  uuid,
  name: '',
  state: 'unknown',
  reason: 'it does not answer a request, and libvirt waits for it',
  ours: false,
});

/** Not a guest: the host itself, or the agent's probe. */
const isAside = ({ profile }: Attachment, dom: { readonly uuid: string; readonly id: number }): boolean =>
  dom.uuid === PROBE_UUID || (profile.controlDomain && dom.id === 0);
