import { z } from 'zod';

/*
 * Before an agent connects it is a program that is run over SSH: `agent check`, `prepare`, `join` and, to undo both, `leave`. Each reads one JSON document
 * from standard input and prints lines of JSON: a `step` when one begins and when it ends, at last a `result`. It ends with 0 when all went well.
 */

const step = z.object({
  kind: z.literal('step'),
  /** A few words in the infinitive: `install packages`. */
  name: z.string(),
  state: z.enum(['started', 'done', 'failed']),
  /** What was found or done; of a failure the cause, with the host's own words. */
  words: z.string().optional(),
  /** Of a failure: what to do. */
  advice: z.string().optional(),
});
export type SetupStep = z.infer<typeof step>;

/** A line that a set-up command prints. */
export const setupLine = z.discriminatedUnion('kind', [step, z.object({ kind: z.literal('result'), result: z.unknown() })]);
export type SetupLine = z.infer<typeof setupLine>;

/** A host and a cloud that are to be joined. */
const joining = z.object({
  /** The label of the cluster's hypervisor. */
  hypervisor: z.string(),
  /** Guests may run without acceleration: where the hypervisor emulates, its absence is no failure. */
  emulation: z.boolean(),
  /** Bridges that must be there: the labels of the zone's networks for this hypervisor. */
  bridges: z.array(z.string()),
});

export const setup = {
  /** Looks, and changes nothing. Every check is made and told, whichever fails. */
  check: {
    request: joining.extend({
      serverTimeMs: z.number(),
      /** The cloud's server and authority, as `prepare` will be told: a host of another cloud is refused. Absent: that is not looked at. */
      server: z.string().optional(),
      authority: z.string().optional(),
    }),
    result: z.object({
      hostname: z.string(),
      arch: z.string(),
      operatingSystem: z.string(),
      /** Labels of the hypervisors that are enabled. */
      hypervisors: z.array(z.string()),
      /** Who this host is already, if it has been prepared, and the server for which it was. */
      guid: z.uuid().optional(),
      server: z.string().optional(),
    }),
  },
  /** Installs and configures; repeated, it does what is left to do. What it found is kept, for `leave`. The key of the request never leaves the host. */
  prepare: {
    request: joining.extend({
      server: z.string(),
      authority: z.string(),
      address: z.string(),
      /** How long the guest that probes the host's acceleration may take (20 s where absent): an emulated host needs more. */
      probeSeconds: z.number().positive().optional(),
    }),
    result: z.object({ guid: z.uuid(), csr: z.string() }),
  },
  /** Puts the certificate in place and starts the agent. */
  join: { request: z.object({ certificate: z.string(), authority: z.string() }), result: z.object({}) },
  /** Makes the host what it was before `prepare`; guests that run are left alone. */
  leave: { request: z.object({}), result: z.object({}) },
} as const;
export type SetupCommand = keyof typeof setup;
export type SetupRequest<C extends SetupCommand> = z.infer<(typeof setup)[C]['request']>;
export type SetupResult<C extends SetupCommand> = z.infer<(typeof setup)[C]['result']>;

/** Where the server puts what it copies to a host, and where the agent keeps what it must not forget. */
export const hostPlaces = {
  programs: '/opt/virtstack',
  node: '/opt/virtstack/node',
  agent: '/opt/virtstack/agent.mjs',
  data: '/var/lib/virtstack/agent',
  /** The host's own primary storage, where its zone has local storage. */
  primary: '/var/lib/virtstack/primary',
} as const;
