import { agentMethods, type ParamsOf, type PoolReport } from '@virtstack/protocol';
import { CloudError, isCloudError, wordsFor } from '../../error.ts';
import { connectedOf } from '../../hosts/agents.ts';
import { mountMs } from '../../storage/host-pools.ts';
import type { Context } from '../handler.ts';
import type { Place } from './pool-place.ts';
import { refuse } from './rows.ts';

type Host = Place['hosts'][number];
type Wanted = ParamsOf<typeof agentMethods.preparePool>;
/** What a host answers. */
export type HostsWord = { readonly host: Host; readonly report: PoolReport };

/**
 * Has every host that is connected make a pool ready, and answers their words. What they mount one of them must have: the others try again.
 * @throws {CloudError} none is connected; or why a host, or each of them, cannot.
 */
export async function makeReady(context: Context, hosts: Place['hosts'], wanted: Wanted): Promise<readonly HostsWord[]> {
  const connected = await connectedOf(context.agents, hosts);
  const what = wanted.source ? `${wanted.source.server}:${wanted.source.path}` : wanted.path;
  if (connected.length === 0) {
    const names = hosts.map(({ name }) => name).join(', ') || 'none';
    return refuse(
      `No host that would use ${what} is connected (${names}), so nobody can make it ready. Start an agent there first.`,
    );
  }
  const words = await Promise.all(connected.map((host) => wordOf(context, host, wanted)));
  if (words.every(({ report }) => report.problem !== undefined)) {
    await giveBack(context, connected, wanted.path);
    const said = words.map(({ host, report }) => `host ${host.name}: ${report.problem}`).join(' ');
    throw new CloudError('unavailable', `No host can use ${what}. ${said}`);
  }
  return words;
}

/** The word of a host that has it. */
export const reportOf = (words: readonly HostsWord[]): PoolReport =>
  words.find(({ report }) => report.problem === undefined)!.report;

async function wordOf({ agents }: Context, host: Host, wanted: Wanted): Promise<HostsWord> {
  try {
    return { host, report: await agents.call(host.id, agentMethods.preparePool, wanted, { timeoutMs: mountMs }) };
  } catch (error) {
    if (!wanted.source || !isCloudError(error)) throw error;
    return { host, report: { path: wanted.path, capacityBytes: 0, usedBytes: 0, problem: wordsFor(true, error) } };
  }
}

/** Has hosts let go of what they mounted for nothing; one that does not is told again when it connects. */
export async function giveBack({ agents, log }: Context, hosts: Place['hosts'], path: string): Promise<void> {
  const connected = await connectedOf(agents, hosts);
  await Promise.all(
    connected.map(({ id }) =>
      agents
        .call(id, agentMethods.releasePool, { path }, { timeoutMs: mountMs })
        .catch((error: unknown) => log.warn({ err: error, hostId: id, path }, 'a host keeps what it mounted for nothing')),
    ),
  );
}
