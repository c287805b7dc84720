import { randomUUID } from 'node:crypto';
import {
  agentMethods,
  type GuestDocument,
  type GuestReport,
  type GuestState,
  type HostFacts,
  type HostReport,
  type Method,
  type NetworkDocument,
  type OfferedProgram,
  type OwnProgram,
  type ParamsOf,
  type ParsedParamsOf,
  Peer,
  PeerError,
  type PoolReport,
  type PoolSource,
  PROTOCOL_VERSION,
  type ResultOf,
  serverMethods,
  type UnmanagedGuest,
} from '@virtstack/protocol';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import type { RunningServer } from '../../main.ts';

type Guest = {
  name: string;
  state: GuestState;
  ours: boolean;
  adopted?: boolean;
  reason?: string;
  mode?: string;
  bootProblem?: string | undefined;
  seed?: Seed | undefined;
};
type Seed = GuestDocument['seed'];
/** As much of a server as an agent needs: it may run in another process. */
export type AgentsServer = Pick<RunningServer, 'agentAddress' | 'authority'> & {
  readonly cloud: Pick<RunningServer['cloud'], 'authority'>;
};
type Ordered = { readonly guest?: GuestDocument; readonly uuid?: string; readonly id?: string; readonly epoch?: number };
type Failure = { readonly method: string; readonly when: 'before' | 'after'; readonly error: PeerError };

/**
 * An agent whose host is in memory, for failures that a real one will not produce on demand: it speaks our protocol over a real connection with a real
 * certificate, keeps what it was told, and fails where a test says so.
 */
export class FakeHost {
  readonly guid = randomUUID();
  readonly guests = new Map<string, Guest>();
  /** Hosts that share a pool have the same ones. */
  volumes = new Map<string, number>();
  images = new Set<string>();
  /** What it mounted, by path; or tried to. */
  readonly mounts = new Map<string, PoolSource>();
  /** Why it cannot use what it mounts. */
  lost: string | undefined;
  /** The files of each guest's disks. */
  readonly disks = new Map<string, Set<string>>();
  /** Files that no guest lets go of. */
  readonly held = new Set<string>();
  /** Domains that the cloud did not make. */
  readonly foreign = new Map<string, UnmanagedGuest>();
  /** Files of volumes that were deleted by their path. */
  readonly deletedFiles: string[] = [];
  readonly networks = new Map<string, NetworkDocument>();
  readonly calls: string[] = [];
  readonly epochs = new Map<string, number>();
  readonly failures: Failure[] = [];
  facts: HostFacts;
  /** What a call waits for before it acts. */
  gate: ((method: string, params: unknown) => Promise<void>) | undefined;
  /** What it waits for after it acted, before it answers. */
  acted: ((method: string, params: unknown) => Promise<void>) | undefined;
  /** Its answers to `report`; by default what is the case. */
  accepted: boolean | undefined;
  /** Who sits at a guest's serial console: given the stream that the server asked for. */
  console: ((stream: WebSocket) => void) | undefined;
  /** The certificate that it shows; absent: a fresh one of its own at each connection. */
  shows: { readonly certificate: string; readonly key: string } | undefined;
  /** Those to which guests go from here: the one that has the address. */
  neighbours: readonly FakeHost[] = [];
  /** What it keeps beside guests that are to come, or were here. */
  readonly received = new Set<string>();
  /** The guests that were moved from here, and whether they ran on meanwhile. */
  readonly moved: { readonly uuid: string; readonly live: boolean }[] = [];
  /** The program that it says to be, and what the server offers it. */
  program: OwnProgram | undefined;
  offered: OfferedProgram | undefined;
  /** What it says to speak. */
  protocol: { readonly protocol: number; readonly oldest?: number } = { protocol: PROTOCOL_VERSION };
  /** How it renews its certificate when it is asked; absent: it is of the release before that. */
  renews: (() => { serial: string; notAfter: string }) | undefined;
  /** Where it connects. */
  server: AgentsServer;
  #peer: Peer | undefined;
  #socket: WebSocket | undefined;

  constructor(server: AgentsServer, facts: Partial<HostFacts> = {}) {
    this.server = server;
    this.facts = { ...someFacts, hostname: `host-${this.guid.slice(0, 4)}`, bootId: randomUUID(), ...facts };
  }

  async connect(commonName = this.guid): Promise<void> {
    const socket = await this.#open('/agent', commonName);
    const peer = new Peer(socket);
    this.#answer(peer);
    peer.listen();
    this.#peer = peer;
    this.#socket = socket;
    const hello = { ...this.protocol, version: '0.1.0', guid: this.guid, facts: this.facts, report: this.report() };
    const { accepted, update } = await peer.call(serverMethods.hello, {
      ...hello,
      ...(this.program && { program: this.program }),
    });
    this.accepted = accepted;
    this.offered = update;
  }

  async #open(path: string, commonName = this.guid): Promise<WebSocket> {
    const { cloud, agentAddress, authority } = this.server;
    const { certificate, key } = this.shows ?? (await cloud.authority.issue({ commonName, names: [], addresses: [], days: 1 }));
    const socket = new WebSocket(`wss://127.0.0.1:${agentAddress.port}${path}`, { cert: certificate, key, ca: authority });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return socket;
  }

  /** Asks the server, on the connection of now. */
  ask<M extends Method<z.ZodType, z.ZodType>>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    return this.#peer!.call(method, params, { timeoutMs: 10_000 });
  }

  get connected(): boolean {
    return this.#peer?.closed === false;
  }

  /** It hears nothing any more, and does not say so: the machine is gone. */
  set deaf(deaf: boolean) {
    if (deaf) this.#socket!.pause();
    else this.#socket!.resume();
  }

  async disconnect(): Promise<void> {
    const socket = this.#socket;
    if (!socket || socket.readyState === socket.CLOSED) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.terminate();
    await closed;
  }

  /** Everything that the machine itself had in its memory is gone. */
  reboot(): void {
    this.facts = { ...this.facts, bootId: randomUUID() };
    for (const guest of this.guests.values()) guest.state = 'shutoff';
  }

  /** What an admin does behind the cloud's back; told as libvirt's event would be. */
  virsh(uuid: string, state: GuestState, reason?: string): void {
    const guest = this.guests.get(uuid) ?? { name: `virsh-${uuid.slice(0, 4)}`, state, ours: true };
    if (state === 'absent') this.guests.delete(uuid);
    else this.guests.set(uuid, { ...guest, state });
    this.#peer?.notify(serverMethods.guestChanged, {
      uuid,
      name: guest.name,
      ours: guest.ours,
      state,
      ...(reason && { reason }),
    });
  }

  /** What the guest wrote on its console tells why it does not boot; undefined: it does. */
  boots(uuid: string, bootProblem: string | undefined): void {
    const guest = { ...this.guests.get(uuid)!, bootProblem };
    this.guests.set(uuid, guest);
    this.#peer?.notify(serverMethods.guestChanged, reportOf(uuid, guest));
  }

  tell(report: HostReport): void {
    this.#peer?.notify(serverMethods.report, report);
  }

  report(): HostReport {
    return {
      guests: [...this.guests].map(([uuid, guest]) => reportOf(uuid, guest)),
      pools: [
        { path: '/pool', capacityBytes: 1e12, usedBytes: 1e9 },
        ...[...this.mounts.keys()].map((path) => this.#poolReport(path)),
      ],
      cpuUsed: 0.25,
      memoryFreeBytes: 2 ** 30,
    };
  }

  #answer(peer: Peer): void {
    const on = <M extends Method<z.ZodType, z.ZodType>>(
      method: M,
      act: (params: ParsedParamsOf<M>) => ParamsOf<{ params: M['result'] }>,
    ): void =>
      peer.handle(method, async (params) => {
        this.calls.push(method.name);
        await this.gate?.(method.name, params);
        this.#checkEpoch(params as Ordered);
        this.#fail(method.name, 'before');
        const result = act(params);
        await this.acted?.(method.name, params);
        this.#fail(method.name, 'after');
        return result;
      });
    if (this.renews) on(agentMethods.renewCertificate, this.renews);
    on(agentMethods.report, () => this.report());
    on(agentMethods.leave, () => ({}));
    on(agentMethods.preparePool, ({ path, source }) => {
      if (source) this.mounts.set(path, source);
      return source ? this.#poolReport(path) : { path, capacityBytes: 1e12, usedBytes: 1e9 };
    });
    on(agentMethods.releasePool, ({ path }) => {
      this.mounts.delete(path);
      return {};
    });
    on(agentMethods.fetchImage, ({ pool, id }) => {
      this.images.add(id);
      return { path: `${pool}/images/${id}.qcow2`, virtualSizeBytes: 2 ** 30 };
    });
    on(agentMethods.deleteImage, ({ id }) => {
      this.images.delete(id);
      return {};
    });
    on(agentMethods.createVolume, ({ pool, id, sizeBytes, image }) => {
      if (image && !this.images.has(image)) throw new PeerError('not-found', `no image ${image}`);
      this.volumes.set(id, sizeBytes);
      return { path: `${pool}/volumes/${id}.qcow2`, format: 'qcow2' as const, sizeBytes };
    });
    on(agentMethods.deleteVolume, ({ id, path }) => {
      this.volumes.delete(id);
      if (path !== undefined) this.deletedFiles.push(path);
      return {};
    });
    on(agentMethods.unmanagedGuests, ({ name }) => ({
      guests: [...this.foreign.values()].filter((one) => !this.#isOurs(one.uuid) && (name === undefined || one.name === name)),
    }));
    on(agentMethods.adoptGuest, ({ uuid, made }) => {
      const guest = this.guests.get(uuid);
      if (!guest) throw new PeerError('not-found', `no domain ${uuid}`);
      Object.assign(guest, { ours: true, adopted: !made });
      return { state: guest.state };
    });
    on(agentMethods.releaseGuest, ({ uuid }) => {
      const guest = this.guests.get(uuid);
      if (guest) guest.ours = false;
      return { state: guest?.state ?? ('absent' as const) };
    });
    on(agentMethods.startAdopted, ({ uuid }) => {
      if (!this.guests.get(uuid)?.adopted) throw new PeerError('not-found', `no definition of ${uuid}`);
      return { state: this.#set(uuid, 'running') };
    });
    on(agentMethods.applyNetwork, (document) => {
      this.networks.set(document.id, document);
      return {};
    });
    on(agentMethods.removeNetwork, ({ id }) => {
      this.networks.delete(id);
      return {};
    });
    on(agentMethods.openConsole, ({ stream }) => {
      void this.#open(`/streams/${stream}`).then((socket) => this.console?.(socket));
      return {};
    });
    on(agentMethods.startGuest, ({ guest }) => {
      for (const disk of guest.disks)
        if (![...this.volumes.keys()].some((id) => disk.path.includes(id)))
          throw new PeerError('not-found', `no disk ${disk.path}`);
      this.guests.set(guest.uuid, {
        name: guest.name,
        state: 'running',
        ours: true,
        seed: guest.seed,
        ...(guest.mode && { mode: guest.mode }),
      });
      this.disks.set(guest.uuid, new Set(guest.disks.map(({ path }) => path)));
      return { state: 'running' as const };
    });
    on(agentMethods.stopGuest, ({ uuid }) => ({ state: this.#set(uuid, 'shutoff') }));
    on(agentMethods.rebootGuest, ({ uuid }) => ({ state: this.#set(uuid, 'running') }));
    on(agentMethods.attachDisk, ({ uuid, disk }) => {
      if (![...this.volumes.keys()].some((id) => disk.path.includes(id))) throw new PeerError('libvirt', `no disk ${disk.path}`);
      this.disks.get(uuid)?.add(disk.path);
      return { state: this.guests.get(uuid)?.state ?? 'absent' };
    });
    on(agentMethods.detachDisk, ({ uuid, path }) => {
      const { state } = this.guests.get(uuid) ?? { state: 'absent' as const };
      if (state === 'running' && this.held.has(path))
        throw new PeerError('not-let-go', 'The guest has not let go of the disk vdb.');
      this.disks.get(uuid)?.delete(path);
      return { state };
    });
    on(agentMethods.receiveGuest, ({ guest }) => {
      for (const disk of guest.disks)
        if (![...this.volumes.keys()].some((id) => disk.path.includes(id)))
          throw new PeerError('not-found', `no disk ${disk.path}`);
      this.received.add(guest.uuid);
      return {};
    });
    on(agentMethods.migrateGuest, ({ uuid, address, live }) => ({ state: this.#move(uuid, address, live) }));
    on(agentMethods.forgetGuest, ({ uuid }) => {
      const { state } = this.guests.get(uuid) ?? {};
      if (state === 'running' || state === 'paused') throw new PeerError('active', `${uuid} is here`);
      this.guests.delete(uuid);
      this.disks.delete(uuid);
      this.received.delete(uuid);
      return {};
    });
    on(agentMethods.removeGuest, ({ uuid }) => {
      this.guests.delete(uuid);
      this.disks.delete(uuid);
      this.received.delete(uuid);
      return {};
    });
  }

  #isOurs(uuid: string): boolean {
    return this.guests.get(uuid)?.ours ?? false;
  }

  /** A domain that was there before the cloud. */
  addForeign(guest: UnmanagedGuest): void {
    this.foreign.set(guest.uuid, guest);
    this.guests.set(guest.uuid, { name: guest.name, state: guest.state, ours: false });
  }

  #poolReport(path: string): PoolReport {
    return this.lost === undefined
      ? { path, capacityBytes: 2e12, usedBytes: 2e9 }
      : { path, capacityBytes: 0, usedBytes: 0, problem: this.lost };
  }

  /** As libvirt does it between two hosts. */
  #move(uuid: string, address: string, live: boolean): GuestState {
    const guest = this.guests.get(uuid);
    if (guest?.state !== 'running' && guest?.state !== 'paused') return 'absent';
    const there = this.neighbours.find(({ facts }) => facts.addresses.includes(address));
    if (!there?.received.has(uuid)) throw new PeerError('libvirt', `nobody at ${address} waits for ${guest.name}`);
    there.guests.set(uuid, { ...guest });
    there.disks.set(uuid, this.disks.get(uuid) ?? new Set());
    this.guests.delete(uuid);
    this.disks.delete(uuid);
    this.moved.push({ uuid, live });
    return guest.state;
  }

  #set(uuid: string, state: GuestState): GuestState {
    const guest = this.guests.get(uuid);
    if (!guest) return 'absent';
    guest.state = state;
    return state;
  }

  #checkEpoch({ guest, uuid = guest?.uuid, id, epoch }: Ordered): void {
    const key = uuid ?? id;
    if (epoch === undefined || key === undefined) return;
    if (epoch < (this.epochs.get(key) ?? 0)) throw new PeerError('stale-epoch', `epoch ${epoch} is over`);
    this.epochs.set(key, epoch);
  }

  #fail(method: string, when: 'before' | 'after'): void {
    const index = this.failures.findIndex((f) => f.method === method && f.when === when);
    if (index >= 0) throw this.failures.splice(index, 1)[0]!.error;
  }
}

const reportOf = (uuid: string, { name, state, ours, bootProblem }: Guest): GuestReport => ({
  ...{ uuid, name, state, ours },
  ...(bootProblem !== undefined && { bootProblem }),
});

const someFacts: Omit<HostFacts, 'hostname' | 'bootId'> = {
  hypervisor: 'KVM',
  hypervisorVersion: '7.2.0',
  libvirtVersion: '9.0.0',
  tooOld: [],
  accelerated: true,
  arch: 'x86_64',
  operatingSystem: 'Debian GNU/Linux 12',
  kernel: '6.1.0',
  cpus: 8,
  cpuSockets: 1,
  cpuMhz: 2000,
  cpuModel: 'Test',
  memoryBytes: 8 * 2 ** 30,
  virtualizationModes: ['hvm'],
  migration: { live: ['hvm'], paused: ['hvm'], abortable: true },
  imageFormats: ['qcow2', 'raw'],
  capabilities: [],
  bridges: ['br0'],
  addresses: ['192.0.2.10'],
};
