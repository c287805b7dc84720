import { isIP } from 'node:net';
import { hostPlaces, type SetupStep } from '@virtstack/protocol';
import type { Database } from '../../db/database.ts';
import { CloudError, isCloudError, wordsFor } from '../../error.ts';
import type { Run } from '../../orchestration/saga.ts';
import { lastWords, type Shell } from '../ssh/shell.ts';
import { type Adding, shellOf } from './adding.ts';
import { noAgent, settle, unstage } from './copy-programs.ts';
import { runSetup } from './run-setup.ts';
import { addToFailure, tell, told } from './tell.ts';

const settled = { node: hostPlaces.node, agent: hostPlaces.agent };

/** How to undo by hand what was begun on a host. */
export const leaveByHand = `echo '{}' | ${hostPlaces.node} ${hostPlaces.agent} leave`;

/** Where a host's agent connects, and whom it trusts. */
const cloudOf = ({ agentUrl, authority }: Run) => ({
  server: `${agentUrl.replace(/^https:/, 'wss:')}/agent`,
  authority: authority.certificate,
});

const telling =
  (run: Run, { address }: Adding) =>
  (step: SetupStep): Promise<void> =>
    tell(run, `host ${address}: ${step.name}`);

/** What this cloud is to the host. */
async function joining(run: Run, { clusterId, hypervisor }: Adding) {
  return {
    hypervisor,
    emulation: await run.settings.boolean('host.allow.emulation', { scope: 'cluster', id: clusterId }),
    bridges: await bridgesFor(run, clusterId, hypervisor),
  };
}

/** The bridges that hosts of the cluster must have: the labels of the zone's networks, but for that which the cloud makes itself. */
async function bridgesFor({ db, settings }: Run, clusterId: string, hypervisor: string): Promise<string[]> {
  const rows = await db
    .selectFrom('traffic_type as t')
    .innerJoin('physical_network as p', 'p.id', 't.physical_network_id')
    .innerJoin('cluster as c', 'c.zone_id', 'p.zone_id')
    .select('t.labels')
    .where('c.id', '=', clusterId)
    .where('t.removed', 'is', null)
    .where('p.removed', 'is', null)
    .execute();
  const own = await settings.text('guest.bridge.own');
  const labels = rows.flatMap((row) => row.labels[hypervisor] ?? Object.values(row.labels)[0] ?? []);
  return [...new Set(labels)].filter((label) => label !== own).sort();
}

/** Whether the host can be one of the cluster's. It is as it was afterwards. */
export const checkHost = told('check', async (run: Run, adding: Adding): Promise<Partial<Adding>> => {
  const host = await shellOf(run, adding);
  if (!adding.node || !adding.agent) throw noAgent();
  const request = { ...(await joining(run, adding)), ...cloudOf(run), serverTimeMs: Date.now() };
  const found = await runSetup(host, { node: adding.node, agent: adding.agent }, 'check', request, telling(run, adding));
  if (!found.hypervisors.includes(adding.hypervisor)) throw otherType(adding, found.hypervisors);
  if (found.guid) await refuseKnown(run.db, found.guid);
  run.progress(50);
  return { hostname: found.hostname, addresses: await addressesOf(host) };
});

const otherType = ({ address, hypervisor }: Adding, enabled: readonly string[]): CloudError =>
  new CloudError(
    'parameter',
    enabled.length === 0
      ? `The host at ${address} is of no type that this cloud knows, and its cluster is of type ${hypervisor}.`
      : `The host at ${address} is of type ${enabled.join(', ')}, its cluster of type ${hypervisor}; a cluster never mixes two. Add it to a cluster of type ${enabled[0]}.`,
  );

async function refuseKnown(db: Database, guid: string): Promise<void> {
  const host = await db
    .selectFrom('host')
    .select(['name', 'address'])
    .where('guid', '=', guid)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (host) throw new CloudError('parameter', `This host has been added already, as ${host.name} (${host.address}).`);
}

/** All addresses by which others reach it. */
async function addressesOf(host: Shell): Promise<string[]> {
  const { stdout } = await host.run('hostname -I 2>/dev/null; true');
  return stdout.split(/\s+/).filter((one) => isIP(one) !== 0 && !/^fe80:/i.test(one));
}

/** Installs and configures what the host needs. Its key is made there and stays there. */
export const prepareHost = told('prepare', async (run: Run, adding: Adding): Promise<Partial<Adding>> => {
  const host = await shellOf(run, adding);
  const moved = await host.run(settle);
  if (moved.code !== 0)
    throw new CloudError(
      'internal',
      `${hostPlaces.programs} on ${adding.address} cannot be written to. The host says: ${lastWords(moved)}`,
    );
  const { address } = adding;
  const probeSeconds = Math.max(20, 0.75 * (await run.settings.number('host.connect.timeout')));
  const request = { ...(await joining(run, adding)), ...cloudOf(run), address, probeSeconds };
  const { guid, csr } = await runSetup(host, settled, 'prepare', request, telling(run, adding));
  run.progress(80);
  return { guid, csr };
});

/** Puts the certificate in place; the agent starts. */
export const joinHost = told('join', async (run: Run, adding: Adding): Promise<void> => {
  const host = await shellOf(run, adding);
  const request = { certificate: adding.certificate!, authority: run.authority.certificate };
  await runSetup(host, settled, 'join', request, telling(run, adding));
  run.progress(85);
});

/** Makes the host what it was; where that fails the asker is told what is left. */
export async function leaveHost(run: Run, adding: Adding): Promise<void> {
  await bestEffort(run, adding, `What was begun on the host ${adding.address} is not undone`, leaveByHand, async (host) => {
    const ran = await host.run(`${settle}; if [ -x ${hostPlaces.node} ] && [ -e ${hostPlaces.agent} ]; then echo there; fi`);
    // Were this taken for a host without an agent, what it began would stay without a word.
    if (ran.code !== 0) throw new CloudError('internal', `The host could not be looked at: ${lastWords(ran)}`);
    if (ran.stdout.trim() !== 'there') return;
    await tell(run, `host ${adding.address}: leave`);
    await runSetup(host, settled, 'leave', {}, telling(run, adding));
  });
}

/** Takes away what was copied and never used. */
export async function removeCopied(run: Run, adding: Adding): Promise<void> {
  const byHand = `rm -rf ${hostPlaces.programs}/new`;
  await bestEffort(run, adding, `What was copied to the host ${adding.address} is still there`, byHand, async (host) => {
    await host.run(unstage);
  });
}

async function bestEffort(
  run: Run,
  adding: Adding,
  left: string,
  byHand: string,
  act: (host: Shell) => Promise<void>,
): Promise<void> {
  try {
    await act(await shellOf(run, adding));
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isCloudError(error)) throw error;
    const words = `${left} (${wordsFor(true, error)}) Add it again when it can be reached, or run there: ${byHand}`;
    await tell(run, `host ${adding.address}: ${words}`, 'ERROR');
    await addToFailure(run, words);
  }
}
