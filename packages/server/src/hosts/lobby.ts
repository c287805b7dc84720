import {
  type GuestReport,
  type HostFacts,
  type HostReport,
  type ParamsOf,
  PeerError,
  type serverMethods,
} from '@virtstack/protocol';
import { sql } from 'kysely';
import type { WebSocket } from 'ws';
import { plainSerial } from '../accounts/authority.ts';
import type { Cloud } from '../cloud.ts';
import { gathered } from '../db/gathered.ts';
import type { Presence } from '../jobs/presence.ts';
import { applyNetworksOf } from '../orchestration/apply-network.ts';
import { afterReboot } from '../orchestration/host-rebooted.ts';
import { Truth } from '../orchestration/truth.ts';
import { comparePools, dropPools, mountMs } from '../storage/host-pools.ts';
import { raiseAlertOnce } from './alert.ts';
import { liveHost, renewed, useCertificate } from './certificates/renew.ts';
import { hostChannel, revokedChannel } from './channel.ts';
import { factColumns, recordArrival, recordReport, recordUp } from './host-row.ts';
import type { Identity } from './identity.ts';
import { doLeftovers } from './leftovers.ts';
import { callPeer, type Links } from './links.ts';
import { neighbourMethods } from './neighbours/methods.ts';
import type { Neighbours } from './neighbours/neighbours.ts';
import { tellReturned } from './returned.ts';
import type { AgentSession } from './session.ts';

type Welcome = ParamsOf<{ params: (typeof serverMethods.hello)['result'] }>;
type HostRow = {
  id: string;
  name: string;
  zone_id: string;
  boot_id: string;
  hypervisor: string;
  certificate_serial: string | null;
};

const hostOf = gathered(async (db, guids: readonly string[]): Promise<readonly (HostRow | undefined)[]> => {
  const rows = await db
    .selectFrom('host')
    .select(['guid', 'id', 'name', 'zone_id', 'boot_id', 'hypervisor', 'certificate_serial'])
    .where('guid', '=', sql<string>`any(${guids}::uuid[])`)
    .where('removed', 'is', null)
    .execute();
  const byGuid = new Map(rows.map((row) => [row.guid, row]));
  return guids.map((guid) => byGuid.get(guid.toLowerCase()));
});

/** Where agents arrive. One whose host was added goes to work; any other waits until addHost takes it in. */
export class Lobby {
  readonly #cloud: Cloud;
  readonly #hosts: Links;
  readonly #presence: Presence;
  readonly #neighbours: Neighbours;
  readonly #truth: Truth;
  readonly #sessions = new Map<string, AgentSession>();
  readonly #work = new Set<Promise<unknown>>();
  #closed = false;

  constructor(cloud: Cloud, hosts: Links, presence: Presence, neighbours: Neighbours) {
    this.#cloud = cloud;
    this.#hosts = hosts;
    this.#presence = presence;
    this.#neighbours = neighbours;
    this.#truth = new Truth(cloud);
  }

  /** Hears of hosts that were added or removed, by whichever server. */
  async open(): Promise<void> {
    await this.#presence.listen(revokedChannel, (serial) => {
      for (const session of this.#sessions.values())
        if (session.serial === serial) session.socket.close(4003, 'the certificate of this connection was revoked');
    });
    await this.#presence.listen(hostChannel, (guid) => {
      const session = this.#sessions.get(guid);
      if (session) this.#inOrder(session, () => this.#hostChanged(session));
    });
  }

  close(): void {
    this.#closed = true;
    this.#truth.close();
  }

  async settled(): Promise<void> {
    await Promise.allSettled([...this.#work]);
  }

  /** A second connection of the same host replaces the first. @throws {PeerError} `twice`: the first lives, on another machine */
  async enter(session: AgentSession): Promise<Welcome> {
    const { settings } = this.#cloud;
    await this.#letGoElsewhere(session);
    const earlier = await this.#earlier(session);
    this.#sessions.set(session.guid, session);
    if (earlier) {
      if (earlier.hostId) this.#hosts.drop(earlier.hostId, earlier.peer);
      earlier.peer.close(4000, 'another connection of this host took over');
    }
    const host = await this.#hostOf(session.guid);
    const welcome = { accepted: host !== undefined, reportSeconds: await settings.number('ping.interval') };
    if (!host) await this.#wait(session);
    // After the answer to hello is on its way.
    else setImmediate(() => this.#inOrder(session, () => this.#takeIn(session, host)));
    return welcome;
  }

  /** Signs a new certificate for a host. @throws {PeerError} it is none of this cloud, or not to be renewed. */
  renew({ name }: Identity, request: { csr: string; asked: boolean }): Promise<string> {
    return renewed(this.#cloud, name, request);
  }

  /** A host has put its new certificate in place. */
  async renewed({ name }: Identity, { serial, trouble }: ParamsOf<typeof serverMethods.renewed>): Promise<void> {
    const { db, log } = this.#cloud;
    const host = await liveHost(db, name);
    if (!host || !(await useCertificate(db, host, plainSerial(serial))))
      throw new PeerError('invalid', `No good certificate of this host has the serial number ${serial}.`);
    log.info({ host: host.name, serial }, 'a host has a new certificate');
    if (trouble !== undefined) await this.#alarm(host, `Host ${host.name} has a new certificate, but ${trouble}`);
  }

  /** Somebody shows the certificate of one host and says to be another. */
  async wrongHost(name: string, said: string): Promise<void> {
    const host = await liveHost(this.#cloud.db, name);
    if (!host) return;
    const words = `Somebody connected with the certificate of host ${host.name} and said to be host ${said}; he was refused. If nobody mixed them up, the certificate was stolen: revokeCertificate, then add the host anew.`;
    await this.#alarm(host, words);
  }

  #alarm({ id, zone_id }: { id: string; zone_id: string }, description: string): Promise<void> {
    return raiseAlertOnce(this.#cloud.db, {
      ...{ type: 'CA_CERT', name: 'ALERT.CA.CERT', description },
      ...{ zoneId: zone_id, resourceId: id },
    });
  }

  /** The connection that this one replaces. One from the same boot of the machine does in any case, one from another only where the first is dead. */
  async #earlier(session: AgentSession): Promise<AgentSession | undefined> {
    const earlier = this.#sessions.get(session.guid);
    if (!earlier || earlier.facts.bootId === session.facts.bootId || !(await answers(earlier.socket)))
      return this.#sessions.get(session.guid);
    return this.#refuseTwin(session, earlier.remoteAddress);
  }

  async #refuseTwin(session: AgentSession, connected: string): Promise<never> {
    const host = await liveHost(this.#cloud.db, session.guid);
    const words = `The certificate of host ${host?.name ?? session.guid} is used by two machines at once: ${connected}, which is connected, and ${session.remoteAddress} (it calls itself ${session.facts.hostname}), which was refused. If the host was not copied, its certificate was stolen: revokeCertificate, then add the host anew.`;
    this.#cloud.log.error({ guid: session.guid }, words);
    if (host) await this.#alarm(host, words);
    throw new PeerError('twice', `Another machine (${connected}) is connected as this host, and answers.`);
  }

  /** The server that had this agent may not know yet that it has it no more. One that cannot be asked has it no more. */
  async #letGoElsewhere(session: AgentSession): Promise<void> {
    const { guid, facts } = session;
    const { log } = this.#cloud;
    const there = await this.#neighbours.lastAt(guid);
    if (!there) return;
    const asked = { guid, bootId: facts.bootId };
    const { twin } = await this.#neighbours
      .call(there, neighbourMethods.cameHere, asked, { timeoutMs: 2 * answerMs })
      .catch((error: unknown) => {
        log.info({ err: error, guid }, 'the server that had an agent cannot be asked to let go of it');
        return { twin: undefined };
      });
    if (twin !== undefined) await this.#refuseTwin(session, twin);
  }

  /** An agent has connected to another server. Answers the address of the one that is here, where that is another machine, and answers. */
  async wentElsewhere({ guid, bootId }: { guid: string; bootId: string }): Promise<string | undefined> {
    const here = this.#sessions.get(guid);
    if (!here) return undefined;
    if (here.facts.bootId !== bootId && (await answers(here.socket))) return here.remoteAddress;
    if (here.hostId) this.#hosts.drop(here.hostId, here.peer);
    here.peer.close(4000, 'this host has connected to another server');
    return undefined;
  }

  /** The seat under which this server's agents were recorded was lost: they have not gone. */
  async reseat(lost: number): Promise<void> {
    const { db } = this.#cloud;
    const { number } = this.#presence;
    const back = sql<string>`case when status = 'Disconnected' then 'Up' else status end`;
    await db
      .updateTable('host')
      .set({ server_number: number, status: back, disconnected: null })
      .where('id', '=', sql<string>`any(${this.#hosts.ids}::uuid[])`)
      .where('server_number', '=', lost)
      .execute();
    // One that has left meanwhile left under the new number, and its row, still under the old, stayed.
    const waiting = [...this.#sessions.values()].flatMap(({ guid, hostId }) => (hostId ? [] : [guid]));
    await db
      .updateTable('waiting_agent')
      .set({ server_number: number })
      .where('server_number', '=', lost)
      .where('guid', '=', sql<string>`any(${waiting}::uuid[])`)
      .execute();
  }

  leave(session: AgentSession): void {
    if (this.#closed || this.#sessions.get(session.guid) !== session) return;
    this.#sessions.delete(session.guid);
    this.#inOrder(session, async () => {
      const { db } = this.#cloud;
      const number = this.#presence.number;
      await db.deleteFrom('waiting_agent').where('guid', '=', session.guid).where('server_number', '=', number).execute();
      if (!session.hostId) return;
      this.#hosts.drop(session.hostId, session.peer);
      await db
        .updateTable('host')
        .set({ status: 'Disconnected', disconnected: new Date() })
        .where('id', '=', session.hostId)
        .where('server_number', '=', number)
        .where('status', 'in', ['Up', 'Connecting'])
        .execute();
    });
  }

  reported(session: AgentSession, report: HostReport): void {
    session.report = report;
    this.#inOrder(session, async () => {
      if (!session.hostId) return;
      await recordReport(this.#cloud.db, session.hostId, report);
      await this.#comparePools(session, session.hostId, report);
      await this.#truth.reported(session.hostId, report.guests);
    });
  }

  guestChanged(session: AgentSession, guest: GuestReport): void {
    this.#inOrder(session, async () => {
      if (session.hostId) await this.#truth.guestChanged(session.hostId, guest);
    });
  }

  #inOrder(session: AgentSession, work: () => Promise<void>): void {
    const done = session.queue.then(work).catch((error: unknown) => {
      if (this.#closed) return;
      this.#cloud.log.warn(
        { err: error, guid: session.guid },
        'what an agent said could not be worked in; it is asked to connect anew',
      );
      session.peer.close(1011, 'the server could not work this in');
    });
    session.queue = done;
    this.#work.add(done);
    void done.finally(() => this.#work.delete(done));
  }

  #hostOf(guid: string): Promise<HostRow | undefined> {
    return hostOf(this.#cloud.db, guid);
  }

  async #hostChanged(session: AgentSession): Promise<void> {
    const host = await this.#hostOf(session.guid);
    if (host && !session.hostId) await this.#takeIn(session, host);
    if (!host && session.hostId) session.peer.close(4001, 'this host was removed from the cloud');
  }

  async #wait({ guid, facts, remoteAddress, report }: AgentSession): Promise<void> {
    const row = { remote_address: remoteAddress, facts: JSON.stringify(facts), server_number: this.#presence.number };
    await this.#cloud.db
      .insertInto('waiting_agent')
      .values({ guid, ...row })
      .onConflict((on) => on.column('guid').doUpdateSet(row))
      .execute();
    await tellReturned(this.#cloud.db, guid, report.guests);
  }

  /** Everything that was left undone on a host comes before it is Up. */
  async #takeIn(session: AgentSession, host: HostRow): Promise<void> {
    const { db, log } = this.#cloud;
    if (this.#sessions.get(session.guid) !== session || session.socket.readyState !== session.socket.OPEN) return;
    const refusal = refusalOf(session.facts, host);
    if (refusal !== undefined) return this.#refuse(session, host, refusal);
    if (host.certificate_serial !== session.serial) await useCertificate(db, { id: host.id, guid: session.guid }, session.serial);
    const rebooted = host.boot_id !== session.facts.bootId;
    const { facts, version } = session;
    await recordArrival(db, { id: host.id, facts, version, server: this.#presence.number });
    const call: Parameters<typeof doLeftovers>[2] = (method, params) =>
      callPeer(session.peer, method, params, { timeoutMs: 60_000 });
    await this.#comparePools(session, host.id, session.report);
    await dropPools(this.#cloud, host.id, session.report.pools, call);
    await doLeftovers(this.#cloud, host.id, call);
    session.hostId = host.id;
    this.#hosts.hold(host.id, session.peer);
    // Whoever left something before he could see this connection.
    await doLeftovers(this.#cloud, host.id, call);
    await recordUp(db, host.id, session.report);
    if (rebooted) {
      await afterReboot(this.#cloud, host, session.report.guests);
      // Last, so that what a reboot asks for is asked again if this server dies before.
      await db.updateTable('host').set({ boot_id: facts.bootId }).where('id', '=', host.id).execute();
    }
    await this.#truth.reported(host.id, session.report.guests);
    await applyNetworksOf(this.#cloud, host.id);
    log.info({ host: host.name, guid: session.guid, rebooted }, 'a host is up');
  }

  /** What waited for a pool's server is tried again. */
  async #comparePools({ peer }: AgentSession, hostId: string, { pools }: HostReport): Promise<void> {
    const call: Parameters<typeof comparePools>[3] = (method, params) => callPeer(peer, method, params, { timeoutMs: mountMs });
    if (await comparePools(this.#cloud, hostId, pools, call)) await doLeftovers(this.#cloud, hostId, call);
  }

  /** The agent comes again and again; the admin is told once. */
  async #refuse(session: AgentSession, host: HostRow, description: string): Promise<void> {
    const { db, log } = this.#cloud;
    const told = { ...factColumns(session.facts, session.version), status: 'Alert' };
    await db.updateTable('host').set(told).where('id', '=', host.id).execute();
    await raiseAlertOnce(db, { type: 'HOST', name: 'ALERT.HOST', description, zoneId: host.zone_id, resourceId: host.id });
    log.warn({ host: host.name, guid: session.guid }, description);
    session.peer.close(4002, 'this host is refused; the server has an alert that says why');
  }
}

/** Why a host that was added is not taken in as it is now, or nothing. */
function refusalOf({ hypervisor, tooOld }: HostFacts, host: HostRow): string | undefined {
  if (hypervisor !== host.hypervisor)
    return `Host ${host.name} was added as ${host.hypervisor}, but its agent now finds ${hypervisor}. Boot it as it was, or delete the host and add it to another cluster.`;
  if (tooOld.length > 0)
    return `Host ${host.name} is too old: ${tooOld.join(' ')} Its guests are left as they are, and nothing can be done with them until it is upgraded.`;
  return undefined;
}

const answerMs = 5000;

/** Whether there is still somebody at the other end. */
const answers = (socket: WebSocket): Promise<boolean> =>
  new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve(false);
    const settle = (lives: boolean) => () => {
      clearTimeout(timer);
      socket.off('pong', heard).off('close', gone);
      resolve(lives);
    };
    const [heard, gone] = [settle(true), settle(false)];
    const timer = setTimeout(gone, answerMs);
    socket.once('pong', heard).once('close', gone);
    socket.ping();
  });
