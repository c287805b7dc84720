import { z } from 'zod';
import { imageFormat } from './guest.ts';
import { method, notification } from './method.ts';

/** A network, `ADDRESS/PREFIX`, of either family. */
export const cidr = z.union([z.cidrv4(), z.cidrv6()]);

/** What the server asks of whoever keeps an image store (a process of its own beside the server, later a system VM). */
export const imageStoreMethods = {
  /**
   * Downloads an image, proves it harmless (format as said, no backing file, no data file, a sane size, checksum) and puts it into the store as
   * `STORE/ID.FORMAT`. Refusals are errors with a message for the user. Progress is in bytes. A second asking for the same id waits for the first.
   */
  download: method(
    'store/download',
    z.object({
      id: z.uuid(),
      store: z.string().startsWith('/'),
      url: z.string(),
      format: imageFormat,
      /** CloudStack's form: `{SHA-256}hex`, or bare hex (its length names the algorithm). */
      checksum: z.string().optional(),
      maxBytes: z.int(),
      /** Networks of which images may come although they are not public. Every other loopback, link-local or private address is refused. */
      allowedNetworks: z.array(cidr),
    }),
    z.object({ path: z.string(), sizeBytes: z.int(), virtualSizeBytes: z.int(), sha512: z.string() }),
  ),
  delete: method('store/delete', z.object({ id: z.uuid(), store: z.string() }), z.object({})),
  capacity: method('store/capacity', z.object({ store: z.string() }), z.object({ capacityBytes: z.int(), usedBytes: z.int() })),
} as const;

/** What an image store's process tells the server. */
export const imageStoreNotifications = {
  /** The first message on a connection. */
  hello: notification('store/hello', z.object({ protocol: z.int() })),
} as const;
