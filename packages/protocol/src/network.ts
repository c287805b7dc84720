import { z } from 'zod';

const ipv4 = z.ipv4();

/**
 * What a network's services are to be: the whole document, applied again and again without harm. An agent applies it to a bridge of its host;
 * a virtual router will apply the same document later.
 */
export const networkDocument = z.object({
  id: z.uuid(),
  bridge: z.string().regex(/^[A-Za-z0-9_.-]{1,15}$/),
  gateway: ipv4,
  prefixLength: z.int().min(8).max(30),
  domain: z.string().optional(),
  /** DNS servers that are told to guests; empty: the gateway itself answers and forwards. */
  dns: z.array(ipv4).default([]),
  /** Make the bridge and give it the gateway's address (the cloud owns the bridge); false: the bridge is the admin's, only serve on it. */
  ownBridge: z.boolean().default(false),
  /** Let guests reach what the host reaches, behind the host's address. */
  masquerade: z.boolean().default(false),
  /** Who gets which address. Nobody else gets one. */
  leases: z.array(z.object({ mac: z.string(), address: ipv4, hostname: z.string() })),
});
export type NetworkDocument = z.infer<typeof networkDocument>;
