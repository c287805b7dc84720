import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Authority, openAuthority } from './accounts/authority.ts';
import { adminUser, type FirstAdmin, firstAdmin } from './accounts/first-admin.ts';
import { openLogin } from './accounts/login.ts';
import { openRates } from './accounts/rates.ts';
import { accountSagas } from './accounts/sagas.ts';
import { openSecrets } from './accounts/secrets.ts';
import { openSettings } from './accounts/settings.ts';
import { openSshIdentity } from './accounts/ssh-identity.ts';
import { startRetention } from './api/retention.ts';
import { openAudit } from './audit/audit.ts';
import type { HypervisorLabel } from './cloud.ts';
import { openDatabase } from './db/database.ts';
import { withoutRows } from './db/error-log.ts';
import { migrate } from './db/migrate.ts';
import { seed } from './db/seed.ts';
import { openDoor } from './hosts/admission.ts';
import { type AgentPort, attachAgents, type CloudWithoutAgents } from './hosts/agent-port.ts';
import { openPrograms } from './hosts/programs.ts';
import type { ApiCloud } from './http/api.ts';
import { makeApp } from './http/app.ts';
import { serveConsoles } from './http/console.ts';
import { watchFlood } from './http/flood.ts';
import { type Address, listen, makeTlsServer, peoplesTls } from './http/listen.ts';
import { type CertificateAndKey, keepRenewed, ownCertificate, reachable } from './http/own-certificate.ts';
import { startJobs } from './jobs/dispatcher.ts';
import { jobs } from './jobs/enqueue.ts';
import { Presence } from './jobs/presence.ts';
import { startExpunging } from './orchestration/expunge-loop.ts';
import { sagas } from './orchestration/sagas.ts';
import { version } from './version.ts';

export type ServerOptions = {
  readonly databaseUrl: string;
  /** Made when absent: the key of what is sealed in the database, certificates. Nobody else may read it. */
  readonly dataDir: string;
  /** For people and programs. Port 0: any. */
  readonly listen: Address;
  /** For agents, with client certificates. */
  readonly agentListen: Address;
  /** The name or address under which others reach this machine. */
  readonly advertise?: string | undefined;
  /** The name or address of this machine alone, for the other servers; absent: the one listened on, or the machine's first. */
  readonly serverAddress?: string | undefined;
  /** One that browsers trust; without it the cloud's own authority issues one. */
  readonly certificate?: CertificateAndKey | undefined;
  readonly uiDir?: string | undefined;
  readonly hypervisors: readonly HypervisorLabel[];
  /** The agent as one file, which hosts are given that are added over SSH; absent: they are not. */
  readonly agentBundle?: string | undefined;
  readonly log: Logger;
  /** Of the first administrator, where he is made now. */
  readonly adminPassword?: string | undefined;
};

export type RunningServer = {
  readonly url: string;
  readonly address: Address;
  readonly agentAddress: Address;
  /** PEM, also in `ca.pem` of the data directory. */
  readonly authority: string;
  /** Only where he was made at this start. */
  readonly firstAdmin: FirstAdmin | undefined;
  readonly cloud: ApiCloud;
  /** Answers what was asked, leaves jobs open for the next start, and ends. */
  close(): Promise<void>;
};

/** What must be undone, the last first, when the server ends or cannot start. */
type Ends = (() => Promise<void> | void)[];

/** Starts a management server. @throws {Error} one line for the admin: what is in the way. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const ends: Ends = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { ...(await start(options, ends)), close };
  } catch (error) {
    await close().catch((cause: unknown) => options.log.warn({ err: cause }, 'could not clean up'));
    throw error;
  }
}

async function start(options: ServerOptions, ends: Ends): Promise<Omit<RunningServer, 'close'>> {
  const { databaseUrl, dataDir } = options;
  const log = withoutRows(options.log);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const db = openDatabase(databaseUrl);
  ends.push(() => db.destroy());
  await migrate(db);
  await seed(db);
  const secrets = await openSecrets(join(dataDir, 'secret.key'));
  const authority = await openAuthority(db, secrets);
  await writeFile(join(dataDir, 'ca.pem'), authority.certificate, { mode: 0o644 });
  const made = (await adminUser(db)) ? undefined : await firstAdmin(db, secrets, options.adminPassword);
  const presence = await Presence.join({ db, databaseUrl, name: hostname(), version, log });
  ends.push(() => presence.close());
  // Settings are read within transactions: were they read through the same pool, enough of those would wait for each other for ever.
  const apart = openDatabase(databaseUrl, 1);
  ends.push(() => apart.destroy());
  const settings = openSettings(apart, secrets);
  const stopping = new AbortController();
  const parts = {
    db,
    log,
    settings,
    rates: openRates(settings),
    secrets,
    authority,
    jobs,
    programs: openPrograms(options),
    sshIdentity: await openSshIdentity(db, secrets),
    hypervisors: options.hypervisors,
    version,
    stopping: stopping.signal,
  };
  const ports = await openPorts(options, authority, ends);
  const base: CloudWithoutAgents = { ...parts, url: ports.url, agentUrl: ports.agentUrl };
  // What hosts say has connections of its own: when they come in a crowd, people do not wait behind them.
  const forHosts = openDatabase(databaseUrl, 8);
  ends.push(() => forHosts.destroy());
  const agentPort = await attachAgents(ports.agentServer, { ...base, db: forHosts }, presence, ports.serverUrl);
  ends.push(() => agentPort.close());
  const audit = openAudit({ db, log, dir: dataDir });
  ends.push(() => audit.close());
  const cloud = await serve(
    options,
    {
      ...base,
      ...parts,
      ...onlyConnections(agentPort),
      login: openLogin(db, parts.settings, secrets),
      audit,
      flood: watchFlood(),
    },
    ports,
    ends,
  );
  const dispatcher = await startJobs(cloud, [...sagas, ...accountSagas], presence, { ends: audit.jobEnds });
  ends.push(() => dispatcher.stop(), startRetention(cloud), startExpunging(cloud));
  ports.open();
  // Before all else: whoever waits for a job's end would keep the port from closing.
  ends.push(() => stopping.abort());
  const { url, address, agentAddress } = ports;
  return { url, address, agentAddress, authority: authority.certificate, firstAdmin: made, cloud };
}

const onlyConnections = ({ agents, imageStores }: AgentPort) => ({ agents, imageStores });

type Ports = Pick<RunningServer, 'url' | 'address' | 'agentAddress'> & {
  readonly agentUrl: string;
  /** Where the other servers reach this one, and no other. */
  readonly serverUrl: string;
  /** What comes from people waits until now. */
  open(): void;
  readonly server: ReturnType<typeof makeTlsServer>;
  readonly agentServer: ReturnType<typeof createServer>;
};

const agentsTls = ({ certificate: cert, key }: CertificateAndKey, ca: string) =>
  ({ cert, key, ca, minVersion: 'TLSv1.3' }) as const;

/** Takes both ports. */
async function openPorts(options: ServerOptions, authority: Authority, ends: Ends): Promise<Ports> {
  const hosts = [options.advertise, options.serverAddress, options.listen.host, options.agentListen.host].filter(
    (host) => host !== undefined,
  );
  const load = () => ownCertificate(authority, options.dataDir, hosts);
  const own = await load();
  const front = options.certificate ?? own;
  const server = makeTlsServer({ cert: front.certificate, key: front.key });
  const ca = authority.certificate;
  // attachAgents refuses whom TLS does not vouch for: all but hosts whose certificate has merely expired.
  const agentServer = createServer({ ...agentsTls(own, ca), requestCert: true, rejectUnauthorized: false });
  const kept = keepRenewed(
    own,
    load,
    (renewed) => {
      agentServer.setSecureContext(agentsTls(renewed, ca));
      if (!options.certificate) server.setSecureContext(peoplesTls({ cert: renewed.certificate, key: renewed.key }));
    },
    options.log,
  );
  ends.push(kept.stop);
  const port = await listen(server, options.listen);
  ends.push(() => port.close());
  const { address: agentAddress, close } = await openDoor(agentServer, options.agentListen);
  ends.push(close);
  const at = (address: Address): string => `https://${reachable(address.host, options.advertise)}:${address.port}`;
  return {
    url: at(port.address),
    address: port.address,
    agentUrl: at(agentAddress),
    serverUrl: `https://${reachable(agentAddress.host, options.serverAddress)}:${agentAddress.port}`,
    agentAddress,
    server,
    agentServer,
    open: port.open,
  };
}

async function serve(options: ServerOptions, cloud: ApiCloud, { server }: Ports, ends: Ends): Promise<ApiCloud> {
  const app = await makeApp({ cloud, server, uiDir: options.uiDir, strictTransport: options.certificate !== undefined });
  ends.push(() => app.close());
  const consoles = serveConsoles(server, cloud);
  ends.push(() => consoles.close());
  return cloud;
}
