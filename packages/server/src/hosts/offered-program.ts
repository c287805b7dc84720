import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { OfferedProgram, OwnProgram } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { raiseAlertOnce } from './alert.ts';
import { liveHost } from './certificates/renew.ts';
import { peerName } from './identity.ts';

/** Where hosts fetch the agent. */
export const programPath = '/programs/agent';

/** A cloud's agents are offered another all at once; who finds no room comes again within minutes. */
const mostAtOnce = 32;
let sending = 0;

type Needed = Pick<Cloud, 'db' | 'log' | 'programs' | 'version' | 'authority'>;
const parts = (version: string): number[] => version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);

/** Whether the first is of an older release. */
export function isOlder(version: string, than: string): boolean {
  const [one, other] = [parts(version), parts(than)];
  const steps = Array.from({ length: Math.max(one.length, other.length) }, (_, at) => (one[at] ?? 0) - (other[at] ?? 0));
  return (steps.find((step) => step !== 0) ?? 0) < 0;
}

/** What this server offers to agents: the agent that it brings, as long as no server of a newer release, or a later one of its own, brings another. */
export function openOffer(cloud: Needed) {
  let ours: Promise<OfferedProgram | undefined> | undefined;
  const own = (): Promise<OfferedProgram | undefined> => {
    ours ??= ownOffer(cloud).catch((error: unknown) => {
      ours = undefined;
      throw error;
    });
    return ours;
  };
  return {
    /** Nothing for an agent that cannot replace itself, that is what it should be, or that has tried. */
    async to(guid: string, program: OwnProgram | undefined): Promise<OfferedProgram | undefined> {
      try {
        return await this.anotherThan(guid, program);
      } catch (error) {
        // A host is welcome all the same.
        cloud.log.warn({ err: error, guid }, 'no program could be offered to an agent');
        return undefined;
      }
    },
    async anotherThan(guid: string, program: OwnProgram | undefined): Promise<OfferedProgram | undefined> {
      const offer = program && (await own());
      if (!offer || offer.sha512 === program.sha512) return undefined;
      const current = await cloud.db.selectFrom('program').select('sha512').where('name', '=', 'agent').executeTakeFirst();
      if (current?.sha512 !== offer.sha512) return undefined;
      const tried = program.failed.find(({ sha512 }) => sha512 === offer.sha512);
      if (!tried) return offer;
      await tellFailed(cloud.db, guid, offer.version, tried.words);
      return undefined;
    },
  };
}
export type Offer = ReturnType<typeof openOffer>;

async function ownOffer({ db, programs, version }: Needed): Promise<OfferedProgram | undefined> {
  if (!programs.agent) return undefined;
  const { sha512, bytes } = await programs.agent();
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('offered program'))`.execute(tx);
    const current = await tx.selectFrom('program').select('version').where('name', '=', 'agent').executeTakeFirst();
    if (current && isOlder(version, current.version)) return;
    const row = { version, sha512, offered: sql<Date>`clock_timestamp()` };
    await tx
      .insertInto('program')
      .values({ name: 'agent', ...row })
      .onConflict((on) => on.column('name').doUpdateSet(row))
      .execute();
  });
  return { sha512, bytes, version };
}

async function tellFailed(db: Database, guid: string, version: string, words: string): Promise<void> {
  const host = await liveHost(db, guid);
  if (!host) return;
  const description = `The agent of host ${host.name} tried version ${version} and went back to its own: ${words} It does not try that one again.`;
  await raiseAlertOnce(db, { type: 'HOST', name: 'ALERT.HOST', description, zoneId: host.zone_id, resourceId: host.id });
}

/** `GET /programs/agent`: the agent, packed, for a host of this cloud that shows its certificate. Answers whether it was asked for. */
export function serveProgram(cloud: Needed, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url !== programPath) return false;
  void send(cloud, request, response).catch((error: unknown) => {
    cloud.log.warn({ err: error }, 'the agent was not served to its end');
    response.destroy();
  });
  return true;
}

/** Of what has a certificate, hosts alone have a guid for a name. */
const isGuid = (name: string | undefined): name is string => /^[0-9a-f-]{36}$/.test(name ?? '');

async function send(cloud: Needed, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = await peerName(cloud, request);
  const allowed = request.method === 'GET' && isGuid(name) && (await liveHost(cloud.db, name)) !== undefined;
  if (!allowed || !cloud.programs.agent) return void response.writeHead(allowed ? 404 : 403).end();
  if (sending >= mostAtOnce) return void response.writeHead(503, { 'retry-after': '60' }).end();
  sending++;
  try {
    const { packedBytes, open } = await cloud.programs.agent();
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': packedBytes });
    await pipeline(open(), response);
  } finally {
    sending--;
  }
}
