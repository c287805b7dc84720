import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import { type AgentConfig, type Paths, paths } from './config.ts';
import { BootWatch } from './console/boot-watch.ts';
import { Consoles } from './console/consoles.ts';
import { followGuests } from './console/follow.ts';
import { Epochs } from './epochs.ts';
import { Guests } from './guests/guests.ts';
import { modesOf } from './guests/modes.ts';
import { endStrays } from './guests/strays.ts';
import type { Host } from './host.ts';
import { LibvirtLink } from './libvirt-link.ts';
import { Door } from './migration/door.ts';
import { Moves } from './migration/moves.ts';
import { applyNetworkDocument, savedNetworks } from './network/network.ts';
import { News } from './news.ts';
import { Orders } from './orders.ts';
import { OwnCertificate } from './renewal/own-certificate.ts';
import { Renewal } from './renewal/renewal.ts';
import { noneMoves, takeUp } from './renewal/take-up.ts';
import { reporter } from './report.ts';
import { KnownPools } from './storage/known-pools.ts';
import { sweepSeeds } from './storage/leftovers.ts';
import { SharedWork } from './storage/shared-work.ts';
import { Turns } from './turns.ts';
import { Update } from './update/update.ts';

export type Agent = {
  /** Lets go of server and libvirt; guests, networks and what libvirt was already told go on. */
  stop(): Promise<void>;
};

/** Runs until stopped: with or without a server, with or without libvirt. `restart` ends the process, to be started anew with the program that is there then. */
export const startAgent = async (config: AgentConfig, log: Logger, restart: () => void): Promise<Agent> => {
  const places = paths(config.dataDir);
  await makeDirectories(config, places);
  const own = await OwnCertificate.open(config);
  const orders = new Orders();
  const quiet = async (): Promise<boolean> => orders.none && (await noneMoves(libvirt.now.queries));
  const update = await Update.open({ config, file: places.update, tls: () => own.tls(), quiet, restart, log });
  const stopping = new AbortController();
  const guests = new Guests(log, (uuid) => boots.problem(uuid));
  const consoles = new Consoles({
    paths: places,
    open: (uuid) => guests.now.queries.domains.handle(uuid).openConsole({ signal: stopping.signal }),
    log,
  });
  const boots = new BootWatch({
    logOf: (uuid) => consoles.logOf(uuid),
    modesOf: (uuid) => modesOf(guests.now, uuid),
    onChange: (uuid) => guests.refresh(uuid),
    log,
  });
  const epochs = await Epochs.open(places.epochs);
  const lookAtConsoles = followGuests(guests, consoles, boots, log);
  const libvirt = new LibvirtLink({
    config,
    paths: places,
    log,
    onAttach: async (attachment) => {
      // Before the server hears of a guest that is down.
      await endStrays(attachment, (uuid) => epochs.has(uuid), log).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'what the hypervisor runs without libvirt is not known');
      });
      await guests.follow(attachment);
      await lookAtConsoles();
    },
    onUp: (attachment) => news.attached(attachment),
    onDown: () => news.detached(),
  });
  const pools = await KnownPools.open(places.pools, { guid: config.guid, log, onChange: () => news.poolChanged() });
  const report = reporter({ libvirt, pools, guests });
  const host: Host = {
    config,
    log,
    paths: places,
    tls: () => own.tls(),
    renewCertificate: () => news.renewCertificate(),
    libvirt,
    guests,
    consoles,
    epochs,
    turns: new Turns(),
    orders,
    pools,
    fetches: new SharedWork(),
    moves: new Moves(),
    door: new Door({ tls: () => own.tls(), log }),
    report,
    stop: stopping.signal,
  };
  const renewal = new Renewal({ own, server: config.server, takeUp: () => takeUp({ config, quiet }), log });
  const news = new News(host, renewal, update);
  await sweepSeeds(places.seeds);
  // Not waited for: a server may be away. The first report says what came of it.
  void pools.watch();
  await restoreNetworks(host);
  const running = [libvirt.run(), news.run()];
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('The agent stops.'));
    news.stop();
    update.stop();
    boots.close();
    consoles.close();
    pools.close();
    await host.door.close();
    await libvirt.stop();
    await Promise.all(running);
  };
  return { stop };
};

/** The process that runs a guest passes through these directories to the files that it was given; it cannot list them. */
const makeDirectories = async ({ dataDir }: AgentConfig, { seeds, consoles, networks }: Paths): Promise<void> => {
  for (const directory of [dataDir, seeds, consoles, networks]) await mkdir(directory, { recursive: true, mode: 0o711 });
};

/** Bridges and rules are gone after a reboot of the host; a network that cannot be made again waits for the server's next word. */
const restoreNetworks = async ({ paths, log }: Host): Promise<void> => {
  for (const document of await savedNetworks(paths.networks)) {
    try {
      await applyNetworkDocument(document, paths.network(document.id));
    } catch (error) {
      log.warn({ network: document.id, error: String(error) }, 'a network could not be restored');
    }
  }
};
