import { readFile, rm, writeFile } from 'node:fs/promises';
import pino from 'pino';
import { z } from 'zod';
import { type KeptPostgres, keepPostgres } from './db/keep-postgres.ts';
import { type RunningServer, startServer } from './main.ts';

const address = z.object({ host: z.string(), port: z.int().min(0).max(65_535) });
const configuration = z
  .object({
    dataDir: z.string(),
    listen: address,
    agentListen: address,
    hypervisors: z.array(z.object({ type: z.string(), macPrefix: z.string() })),
    advertise: z.string().optional(),
    serverAddress: z.string().optional(),
    certificate: z.object({ certificate: z.string(), key: z.string() }).optional(),
    uiDir: z.string().optional(),
    /** The agent as one file, for hosts that are added over SSH. */
    agentBundle: z.string().optional(),
    /** Written (both addresses, JSON) when the server listens. */
    listeningFile: z.string().optional(),
    adminPassword: z.string().optional(),
    logLevel: z.string().default('info'),
    /** A PostgreSQL of one's own; else the one that comes with the server is started. */
    databaseUrl: z.string().optional(),
    postgres: z.object({ dataDir: z.string(), socketDir: z.string(), log: z.string() }).optional(),
  })
  .refine(
    ({ databaseUrl, postgres }) => (databaseUrl === undefined) !== (postgres === undefined),
    'needs either databaseUrl or postgres',
  );

/** The process: `node start.ts CONFIG.json`. Logs JSON lines to standard output; SIGTERM and SIGINT end it. */
async function main(file: string | undefined): Promise<void> {
  if (!file) throw new Error('usage: start.ts CONFIG.json');
  const { logLevel, listeningFile, postgres, databaseUrl, ...options } = configuration.parse(
    JSON.parse(await readFile(file, 'utf8')),
  );
  const log = pino({ level: logLevel, base: null });
  const database = postgres && (await keepPostgres(postgres, log));
  let server: RunningServer;
  try {
    server = await startServer({ ...options, databaseUrl: databaseUrl ?? database!.current.url, log });
  } catch (error) {
    await database?.stop();
    throw error;
  }
  log.info(
    {
      url: server.url,
      agents: server.agentAddress,
      database: database && { pid: database.current.pid, adopted: database.current.adopted },
    },
    'listening',
  );
  if (listeningFile)
    await writeFile(listeningFile, `${JSON.stringify({ listen: server.address, agentListen: server.agentAddress })}\n`);
  await signalled();
  log.info('stopping');
  if (listeningFile) await rm(listeningFile, { force: true });
  await stop(server, database);
  log.info('stopped');
}

const signalled = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });

async function stop(server: RunningServer, database: KeptPostgres | undefined): Promise<void> {
  await server.close();
  await database?.stop();
}

try {
  await main(process.argv[2]);
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ level: 60, time: Date.now(), msg: error instanceof Error ? error.message : String(error) })}\n`,
  );
  process.exitCode = 1;
}
