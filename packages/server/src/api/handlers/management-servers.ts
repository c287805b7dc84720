import type { ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { aliveServers } from '../../jobs/presence.ts';
import { containing, having } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';

type Server = ResponseOf<'listManagementServers'>;
const isAlive = sql<boolean>`server.number in ${aliveServers}`;
const hostsOf = (states: readonly string[]) =>
  sql<string[]>`array(select h.id::text from host h where h.server_number = server.number and h.removed is null
    and h.status = any(${states}) order by h.name)`;

export const managementServers = {
  async listManagementServers(context, { id, name, version, ...params }) {
    const matching = context.db
      .selectFrom('server')
      .where(having({ 'server.id': id, 'server.name': name, 'server.version': version }))
      .where(containing(params.keyword, 'server.name'))
      // A row is left of every start that there ever was.
      .where(
        sql<boolean>`(${isAlive} or exists (select from host h where h.server_number = server.number and h.removed is null))`,
      );
    const { count, rows } = await paged(context, params, 'server', matching, (query) =>
      query
        .select(['server.id', 'server.name', 'server.version', 'server.agent_url', 'server.started'])
        .select([
          isAlive.as('alive'),
          hostsOf(['Up', 'Connecting']).as('agents'),
          hostsOf(['Up', 'Connecting', 'Disconnected', 'Alert']).as('last_agents'),
          sql<number>`(select count(*) from job j where j.server_number = server.number and j.status = 0)`.as('jobs'),
        ])
        .orderBy('server.number'),
    );
    const others = params.peers ? await peersOf(context) : [];
    const items = rows.map(
      ({ alive, agents, ...row }): Server => ({
        ...{ id: row.id, name: row.name, version: row.version, lastserverstart: row.started, state: alive ? 'Up' : 'Down' },
        ...{ serviceip: at(row.agent_url)?.hostname, ipaddress: at(row.agent_url)?.hostname },
        ...{ agents: alive ? agents : [], agentscount: alive ? agents.length : 0, pendingjobscount: alive ? row.jobs : 0 },
        ...(!alive && { lastagents: row.last_agents }),
        ...(params.peers && { peers: others.filter(({ peerid }) => peerid !== row.id) }),
      }),
    );
    return { count, items };
  },
} satisfies Handlers<'listManagementServers'>;

const at = (url: string | null): URL | null => (url === null ? null : URL.parse(url));

async function peersOf({ db }: Context): Promise<NonNullable<Server['peers']>> {
  const rows = await db.selectFrom('server').select(['id', 'name', 'agent_url']).where(isAlive).orderBy('number').execute();
  return rows.map(({ id, name, agent_url }) => ({
    ...{
      peerid: id,
      peername: name,
      peerstate: 'Up',
      peerserviceip: at(agent_url)?.hostname,
      peerserviceport: at(agent_url)?.port,
    },
  }));
}
