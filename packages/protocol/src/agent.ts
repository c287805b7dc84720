import { z } from 'zod';
import { guestDisk, guestDocument, guestReport, guestState, imageFormat } from './guest.ts';
import { hostFacts, hostReport, poolReport, poolSource } from './host.ts';
import { method, notification } from './method.ts';
import { networkDocument } from './network.ts';
import { unmanagedGuest } from './unmanaged.ts';

const nothing = z.object({});
/** Every change carries the epoch of the job run that sent it; an agent refuses one that is older than what it has seen for the same object. */
const epoch = z.int().min(0);

const sha512 = z.string().regex(/^[0-9a-f]{128}$/);
const ownProgram = z.object({
  sha512,
  /** Programs that were tried and did not reach the server, and why. */
  failed: z.array(z.object({ sha512, words: z.string().max(2000) })).max(20),
});
/** A program that an agent fetches from the server (`GET /programs/agent`) and becomes. */
const offeredProgram = z.object({ sha512, bytes: z.int().positive(), version: z.string() });
export type OfferedProgram = z.infer<typeof offeredProgram>;
export type OwnProgram = z.infer<typeof ownProgram>;

/** What the server asks of an agent. Every change is idempotent: asked twice, done once, answered the same. */
export const agentMethods = {
  /**
   * Makes a pool's directory ready and reports its size. One that has a source is mounted, now and whenever it is not: what cannot be mounted is reported
   * with its problem and tried again until it is released.
   */
  preparePool: method('pool/prepare', z.object({ path: z.string(), source: poolSource.optional() }), poolReport),
  /** Forgets a pool, and unmounts what was mounted for it. Its files stay. */
  releasePool: method('pool/release', z.object({ path: z.string() }), nothing),
  /** Fetches an image into a pool once; a second asking waits for the first. Progress is in bytes. */
  fetchImage: method(
    'image/fetch',
    z.object({ pool: z.string(), id: z.uuid(), url: z.string(), sha512: z.string(), format: imageFormat }),
    z.object({ path: z.string(), virtualSizeBytes: z.int() }),
  ),
  deleteImage: method('image/delete', z.object({ pool: z.string(), id: z.uuid() }), nothing),
  /** Makes a volume, on top of an image of the same pool or empty. */
  createVolume: method(
    'volume/create',
    z.object({ pool: z.string(), id: z.uuid(), sizeBytes: z.int(), image: z.uuid().optional(), epoch }),
    z.object({ path: z.string(), format: imageFormat, sizeBytes: z.int() }),
  ),
  /** `path`: its file, which lies in the pool under a name that the cloud did not give it. */
  deleteVolume: method(
    'volume/delete',
    z.object({ pool: z.string(), id: z.uuid(), path: z.string().optional(), epoch }),
    nothing,
  ),
  /** Defines the domain anew from the document and starts it; a running one is left as it is. */
  startGuest: method('guest/start', z.object({ guest: guestDocument, epoch }), z.object({ state: guestState })),
  /** Asks the guest to shut down and waits `timeoutSeconds`; powers it off then, or at once when forced. An absent guest is a stopped one. */
  stopGuest: method(
    'guest/stop',
    z.object({ uuid: z.uuid(), forced: z.boolean(), timeoutSeconds: z.int().min(0), epoch }),
    z.object({ state: guestState }),
  ),
  rebootGuest: method('guest/reboot', z.object({ uuid: z.uuid(), forced: z.boolean(), epoch }), z.object({ state: guestState })),
  /** Powers it off, forgets its definition and what the agent keeps beside it. Volumes are not touched. */
  removeGuest: method('guest/remove', z.object({ uuid: z.uuid(), epoch }), nothing),
  /** Gives a guest a disk: at once where it runs, and in its definition. An absent guest gets it at its next start. */
  attachDisk: method('guest/attach-disk', z.object({ uuid: z.uuid(), disk: guestDisk, epoch }), z.object({ state: guestState })),
  /**
   * Takes the disk with this file away from a guest, and out of its definition. A running guest is asked to let go; where it has not within
   * `timeoutSeconds` the disk stays, and the refusal is `not-let-go`.
   */
  detachDisk: method(
    'guest/detach-disk',
    z.object({ uuid: z.uuid(), path: guestDisk.shape.path, timeoutSeconds: z.int().min(0), epoch }),
    z.object({ state: guestState }),
  ),
  /**
   * Makes this host ready for a guest that comes from another: what the agent keeps beside it, and a look at everything that it needs here (its disks' files, its
   * bridges, its mode, its name and uuid being free). Nothing is defined.
   */
  receiveGuest: method('guest/receive', z.object({ guest: guestDocument, epoch }), nothing),
  /**
   * Moves a guest that runs here to the host at `address`, between the hosts' libvirts; `live`: it runs on meanwhile, else it is paused for as long as its memory
   * takes. Progress is in bytes, where the driver tells any. Ends when it runs there and is no longer defined here. A guest that moves already is
   * waited for; one that is not here any more is `absent`.
   */
  migrateGuest: method(
    'guest/migrate',
    z.object({ uuid: z.uuid(), address: z.string(), live: z.boolean(), epoch }),
    z.object({ state: guestState }),
  ),
  /** Forgets what the agent keeps beside a guest that has gone to another host, or never came. Refused as `active` where it is here: nothing is powered off. */
  forgetGuest: method('guest/forget', z.object({ uuid: z.uuid(), epoch }), nothing),
  /** Every domain that this cloud did not make, or the one of this name. Nothing is done to them. */
  unmanagedGuests: method(
    'guest/unmanaged',
    z.object({ name: z.string().optional() }),
    z.object({ guests: z.array(unmanagedGuest) }),
  ),
  /**
   * Marks a domain as this cloud's, and changes nothing else about it, whether it runs or not. From then on `guest/start-adopted` starts it. Refused as
   * `not-adoptable` where something stands against it. `made`: the cloud made it and had given it back; then `guest/start` starts it.
   */
  adoptGuest: method(
    'guest/adopt',
    z.object({ uuid: z.uuid(), made: z.boolean().default(false), epoch }),
    z.object({ state: guestState }),
  ),
  /** Takes the mark away again: the domain, its definition and all that it uses on this host stay as they are. A foreign one stays foreign. */
  releaseGuest: method('guest/release', z.object({ uuid: z.uuid(), epoch }), z.object({ state: guestState })),
  /** Starts a guest that was adopted from the definition that it has; a running one is left as it is. */
  startAdopted: method('guest/start-adopted', z.object({ uuid: z.uuid(), epoch }), z.object({ state: guestState })),
  applyNetwork: method('network/apply', networkDocument, nothing),
  removeNetwork: method('network/remove', z.object({ id: z.uuid() }), nothing),
  /** The agent opens a WebSocket of its own to `/streams/ID` of the server and joins it with the guest's serial console. */
  openConsole: method('console/open', z.object({ uuid: z.uuid(), stream: z.uuid() }), nothing),
  report: method('host/report', nothing, hostReport),
  /** The agent asks for a certificate with a new key at once (`agent/renew`), and puts it in place. */
  renewCertificate: method('certificate/renew', nothing, z.object({ serial: z.string(), notAfter: z.string() })),
  /** The host becomes what it was before it was set up (`agent leave`), a moment after the answer; the agent ends with it. Only where the server set it up. */
  leave: method('host/leave', nothing, nothing),
} as const;

/** What an agent asks of the server, or tells it. */
export const serverMethods = {
  /** The first message on a connection. */
  hello: method(
    'agent/hello',
    z.object({
      protocol: z.int(),
      /** The oldest protocol that the agent understands; absent: its own alone. */
      oldest: z.int().optional(),
      version: z.string(),
      guid: z.uuid(),
      facts: hostFacts,
      report: hostReport,
      /** Of an agent that can replace its own program: which it is, and what it tried in vain. */
      program: ownProgram.optional(),
    }),
    z.object({ accepted: z.boolean(), reportSeconds: z.int(), update: offeredProgram.optional() }),
  ),
  /**
   * Signs a request for the agent's own host, whatever it says of itself. All that an agent with an expired certificate can ask, on `/renewal`. `asked`: the
   * server wanted it (`certificate/renew`); else its time has come.
   */
  renew: method(
    'agent/renew',
    z.object({ csr: z.string().max(16_384), asked: z.boolean() }),
    z.object({ certificate: z.string() }),
  ),
  /** The certificate with this serial number (hexadecimal) is in place: earlier ones of this host are good no more. */
  renewed: method(
    'agent/renewed',
    z.object({
      serial: z.string().max(64),
      /** Who on the host goes on with the earlier one, and what helps. */
      trouble: z.string().max(2000).optional(),
    }),
    nothing,
  ),
  /** A domain changed; the state was asked after the event, never concluded from it. */
  guestChanged: notification('guest/changed', guestReport),
  report: notification('host/reported', hostReport),
} as const;
