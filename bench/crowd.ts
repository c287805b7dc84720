import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { agentMethods, type Method, type ParamsOf, type Peer, PROTOCOL_VERSION, serverMethods } from '@virtstack/protocol';
import pino from 'pino';
import type { z } from 'zod';
import { type Hello, Uplink } from '../packages/agent/src/uplink.ts';
import { bootId, guestsOf, mountOf, uuidOf } from './agents-seed.ts';

/** One of the crowd: which host it is, and its certificate and key (PEM). */
export type Member = { readonly n: number; readonly certificate: string; readonly key: string };
/** What the process is told in the file that it is started with. */
export type CrowdOrder = {
  readonly url: string;
  readonly ca: string;
  readonly members: readonly Member[];
};
/** What it tells when it is asked (any message). */
export type CrowdFigures = {
  readonly connected: number;
  /** Conversations that began, and orders that were answered, since the start. */
  readonly welcomes: number;
  readonly orders: number;
  readonly cpuMs: number;
  readonly rss: number;
};

const order = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as CrowdOrder;
const log = pino({ level: process.env.CROWD_LOG ?? 'silent' });
let welcomes = 0;
let orders = 0;

/** The agent's own connection to the server (TLS, client certificate, back-off, heartbeats, protocol); only what it tells of its host is made up. */
function agent({ n, certificate, key }: Member): Uplink {
  // Read once: on a host it is a file that one agent reads, here it would be the work of all of them.
  const secureContext = createSecureContext({ ca: order.ca, cert: certificate, key, minVersion: 'TLSv1.3' });
  const tls = { secureContext } as never;
  let reports: NodeJS.Timeout | undefined;
  const uplink: Uplink = new Uplink({
    url: order.url,
    tls: async () => tls,
    revive: async () => {},
    hello: async () => hello(n),
    answer: (peer) => answer(peer, n),
    onWelcome: ({ reportSeconds }) => {
      welcomes++;
      clearInterval(reports);
      reports = setInterval(() => uplink.notify(serverMethods.report, report(n)), reportSeconds * 1000);
    },
    log,
  });
  return uplink;
}

function answer(peer: Peer, n: number): void {
  const on = <M extends Method<z.ZodType, z.ZodType>>(method: M, result: () => ParamsOf<{ params: M['result'] }>): void =>
    peer.handle(method, async () => {
      orders++;
      return result();
    });
  on(agentMethods.applyNetwork, () => ({}));
  on(agentMethods.report, () => report(n));
  on(agentMethods.releasePool, () => ({}));
}

const report = (n: number): Hello['report'] => ({
  guests: guestsOf(n).map((uuid, guest) => ({
    uuid,
    name: `i-2-${(n - 1) * 10 + guest + 1}-VM`,
    state: 'running',
    reason: 'booted',
    ours: true,
    vcpus: 2,
    memoryKiB: 2_097_152,
  })),
  pools: [
    { path: '/var/lib/virtstack/primary', capacityBytes: 2e12, usedBytes: 5e11 + Math.floor(Math.random() * 1e9) },
    { path: mountOf(n), capacityBytes: 2e13, usedBytes: 5e12 },
  ],
  cpuUsed: Math.random(),
  memoryFreeBytes: 2 ** 37 + Math.floor(Math.random() * 2 ** 30),
});

const hello = (n: number): Hello => ({
  protocol: PROTOCOL_VERSION,
  version: '0.1.0',
  guid: uuidOf('guid', n),
  facts: {
    hypervisor: 'KVM',
    hypervisorVersion: '7.2.15',
    libvirtVersion: '9.0.0',
    emulatorVersion: '7.2.15',
    tooOld: [],
    accelerated: true,
    hostname: `host-${n}`,
    arch: 'x86_64',
    operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0-28-amd64',
    bootId,
    cpus: 64,
    cpuSockets: 1,
    cpuMhz: 2800,
    cpuModel: 'AMD EPYC 7543P 32-Core Processor',
    memoryBytes: 2 ** 38,
    virtualizationModes: ['hvm'],
    migration: { live: ['hvm'], paused: ['hvm'], abortable: true },
    imageFormats: ['qcow2', 'raw'],
    capabilities: ['uefi', 'live-disk-snapshot', 'volume-encryption'],
    bridges: ['cloudbr0', 'cloudbr1'],
    addresses: ['192.0.2.1', '2001:db8::1'],
  },
  report: report(n),
});

const crowd = order.members.map(agent);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const connected = crowd.filter((each) => each.connected).length;
  process.send!({
    ...{ connected, welcomes, orders },
    ...{ cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss() },
  } satisfies CrowdFigures);
});
process.once('disconnect', () => process.exit());
for (const each of crowd) void each.run();
