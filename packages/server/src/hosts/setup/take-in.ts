import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { CloudError } from '../../error.ts';
import type { Run } from '../../orchestration/saga.ts';
import { hostChannel } from '../channel.ts';
import { checkAgent, takeIn, waitingAgents } from '../waiting-agents.ts';
import { type Adding, shellOf } from './adding.ts';
import { tell, told } from './tell.ts';

const lookMs = 200;
const upMs = 60_000;
const lastLines = 15;

/** Waits for the agent's call. @throws {CloudError} `unavailable`, with the last that the agent wrote on its host */
export const awaitAgent = told('wait for its agent', async (run: Run, adding: Adding): Promise<void> => {
  const seconds = await run.settings.number('host.connect.timeout');
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(lookMs, undefined, { signal: run.signal }))
    if (await isThere(run, adding)) return run.progress(92);
  throw new CloudError(
    'unavailable',
    `The agent of host ${adding.address} was started, and has not called ${run.agentUrl} within ${seconds} s (setting host.connect.timeout). Check that the host reaches that address (firewall, routes, ./virtstack up --advertise). ${await agentsWords(run, adding)}`,
  );
});

/** It waits, or has been taken in. */
async function isThere({ db }: Run, { guid, hostId }: Adding): Promise<boolean> {
  const waiting = await db.selectFrom('waiting_agent').select('guid').where('guid', '=', guid!).executeTakeFirst();
  return (
    waiting !== undefined || (await db.selectFrom('host').select('id').where('id', '=', hostId).executeTakeFirst()) !== undefined
  );
}

async function agentsWords(run: Run, adding: Adding): Promise<string> {
  const words = await shellOf(run, adding)
    .then((shell) => shell.run(`journalctl -q --no-pager -o cat -u virtstack-agent -n ${lastLines} 2>&1`))
    .catch(() => undefined);
  const said = words?.stdout.trim().slice(-2000);
  return said ? `Its log ends with:\n${said}` : 'Its log cannot be read; on the host: journalctl -u virtstack-agent.';
}

/** The host becomes one of the cluster's. */
export const takeInHost = told('take it in', async (run: Run, adding: Adding): Promise<void> => {
  const { hostId: id, address, guid, clusterId, tags, resourceState } = adding;
  await run.db.transaction().execute(async (db) => {
    if (await db.selectFrom('host').select('id').where('id', '=', id).executeTakeFirst()) return;
    const cluster = await db
      .selectFrom('cluster')
      .select(['id', 'name', 'zone_id', 'pod_id', 'hypervisor'])
      .where('id', '=', clusterId)
      .where('removed', 'is', null)
      .forShare()
      .executeTakeFirst();
    if (!cluster) throw new CloudError('conflict', 'The cluster was removed while the host was being added to it.');
    const agent = (await waitingAgents(db)).find((one) => one.guid === guid);
    if (!agent)
      throw new CloudError(
        'unavailable',
        `The agent of host ${address} called, and went away again. ${await agentsWords(run, adding)}`,
      );
    await checkAgent({ db, settings: run.settings }, agent, cluster, address);
    await takeIn(db, agent, cluster, { id, address, resourceState, tags, setUp: true });
  });
  run.progress(95);
});

/** As if it had never been there. */
export async function removeHost({ db }: Run, { hostId, guid }: Adding): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('host').where('id', '=', hostId).execute();
    if (guid) await sql`select pg_notify(${hostChannel}, ${guid})`.execute(tx);
  });
}

/** The caller finds it Up. One that takes longer is left alone: the host's state tells. */
export async function awaitUp(run: Run, hostId: string): Promise<boolean> {
  for (const end = Date.now() + upMs; Date.now() < end; await wait(lookMs, undefined, { signal: run.signal })) {
    const host = await run.db.selectFrom('host').select('status').where('id', '=', hostId).executeTakeFirst();
    if (host?.status === 'Up') return true;
  }
  await tell(run, `the host ${hostId} is not Up after ${upMs / 1000} s`);
  return false;
}
