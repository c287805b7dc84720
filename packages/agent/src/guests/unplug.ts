import { setTimeout as pause } from 'node:timers/promises';
import { xml } from '@virtstack/libvirt';
import { PeerError } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { affects, disksOf, type Scope, withFile } from './disks.ts';

/** A guest that still boots loses the request, so it is made again. */
const REQUEST_MS = 5_000;
const LOOK_MS = 250;

/**
 * Asks a running guest for the disk with this file, and waits until libvirt's document of it has the disk no more: an answer to the request alone
 * means nothing.
 * @throws {PeerError} `not-let-go`: it was not let go within the time.
 */
export const unplugLive = async (
  host: Host,
  uuid: string,
  path: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> => {
  const until = Date.now() + timeoutMs;
  const requests = detachRequests(host, uuid);
  for (;;) {
    const disk = withFile(await disksOf(host, uuid, 'live'), path);
    if (!disk) return;
    requests.make(disk);
    if (Date.now() > until) throw stillInUse(disk.target?.dev, timeoutMs, requests.trouble);
    await pause(LOOK_MS, undefined, { signal });
  }
};

/** Takes the disk with this file out of the definition. */
export const unplugDefined = async (host: Host, uuid: string, path: string): Promise<void> => {
  const disk = withFile(await disksOf(host, uuid, 'defined'), path);
  if (disk) await detach(host.libvirt.now.jobs, uuid, disk, 'defined');
};

/** One request at a time: it may hang for as long as the guest does not react. */
const detachRequests = (host: Host, uuid: string) => {
  let asking = false;
  let next = 0;
  let trouble: string | undefined;
  const make = (disk: xml.Disk): void => {
    if (asking || Date.now() < next) return;
    asking = true;
    host.libvirt
      .aside((connection) => detach(connection, uuid, disk, 'live'))
      .catch((error: unknown) => {
        trouble = String(error);
      })
      .finally(() => {
        asking = false;
        next = Date.now() + REQUEST_MS;
      });
  };
  return {
    make,
    /** Why the last request that failed did. */
    get trouble() {
      return trouble;
    },
  };
};

type Connection = Host['libvirt']['now']['jobs'];

/** libvirt finds a disk by its target. */
const detach = ({ domains }: Connection, uuid: string, { type, device, source, target }: xml.Disk, scope: Scope): Promise<void> =>
  domains.handle(uuid).detachDevice(xml.format(xml.disk, { type, device, source, target }), affects[scope]);

const stillInUse = (name: string | undefined, timeoutMs: number, trouble: string | undefined): PeerError =>
  new PeerError(
    'not-let-go',
    `The guest has not let go of the disk ${name} within ${timeoutMs / 1000} s, so it stays attached: unmount it in the guest, or stop the guest.`,
    trouble,
  );
